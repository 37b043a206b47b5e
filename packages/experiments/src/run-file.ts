import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_FILE, RUN_FOLDER, type RunFile } from "@waymark/core/run-file";
import { isErrno, isProcessAlive, replaceFileSync } from "@waymark/files";

/** Reads what a live folder says about its run; `undefined` when it says nothing that can be read. */
export function readRunFile(dir: string): RunFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(dir, RUN_FOLDER, RUN_FILE), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
  return isRunFile(value) ? value : undefined;
}

/** Replaces what a live folder says about its run. */
export function writeRunFile(dir: string, run: RunFile): void {
  const folder = join(dir, RUN_FOLDER);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  replaceFileSync(join(folder, RUN_FILE), `${JSON.stringify(run, null, 2)}\n`, { temporaryFolder: folder });
}

/** Tells whether the process of a run may still be writing: also when it runs where we cannot look. */
export function isRunning(run: RunFile): boolean {
  return run.status === "running" && isProcessAlive(run);
}

function isRunFile(value: unknown): value is RunFile {
  return (
    typeof value === "object" &&
    value !== null &&
    "runId" in value &&
    typeof value.runId === "string" &&
    "status" in value &&
    typeof value.status === "string" &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "host" in value &&
    typeof value.host === "string" &&
    "processStart" in value &&
    "bootId" in value
  );
}
