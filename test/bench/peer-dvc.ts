import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { PYTHON } from "./worker.ts";

/** The `dvc` program beside the Python of the peers; `undefined` where it is not installed. */
export function dvcProgram(): string | undefined {
  const program = PYTHON === undefined ? undefined : join(dirname(PYTHON), "dvc");
  return program !== undefined && existsSync(program) ? program : undefined;
}
