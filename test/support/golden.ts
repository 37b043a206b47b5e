import { readFileSync } from "node:fs";

/** Reads a golden file: what the tools whose bytes we promise wrote, see `make-golden.py` beside it. */
export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/golden/${name}`, import.meta.url), "utf8")) as unknown;
}
