import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_FILE, RUN_FOLDER, type RunFile } from "@waymark/core/run-file";
import type { RunStatus } from "@waymark/core";
import { isErrno, processIdentity, replaceFileSync } from "@waymark/files";

/** Makes `<dir>/.waymark`, which hides itself from Git, and returns its path. */
export function makeRunFolder(dir: string): string {
  const folder = join(dir, RUN_FOLDER);
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  return folder;
}

/** Reads `<dir>/.waymark/run.json`; `undefined` when there is none, or none that can be read. */
export function readRunFile(dir: string): RunFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(dir, RUN_FOLDER, RUN_FILE), "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
  return isRunFile(value) ? value : undefined;
}

/** What a run says of itself at its start. */
export interface RunDescription {
  readonly experimentName: string | null;
  readonly baseline: string | null;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly totalSteps: number | null;
  /** The run being resumed keeps its id. */
  readonly runId: string | undefined;
  readonly goals: Readonly<Record<string, "min" | "max">>;
}

/** `<dir>/.waymark/run.json` of the run that is going on. */
export class RunRecord {
  readonly #path: string;
  readonly #folder: string;
  #content: RunFile;

  constructor(folder: string, description: RunDescription, nowMs: number) {
    const { pid, host, processStart, bootId } = processIdentity();
    this.#folder = folder;
    this.#path = join(folder, RUN_FILE);
    this.#content = {
      schema: 1,
      runId: description.runId ?? randomBytes(8).toString("hex"),
      status: "running",
      reason: null,
      experimentName: description.experimentName,
      baseline: description.baseline,
      pid,
      host,
      processStart,
      bootId,
      startedAt: new Date(nowMs).toISOString(),
      endedAt: null,
      command: description.command,
      cwd: description.cwd,
      totalSteps: description.totalSteps,
      goals: description.goals,
    };
  }

  get content(): RunFile {
    return this.#content;
  }

  update(changes: Partial<RunFile>): void {
    this.#content = { ...this.#content, ...changes };
  }

  end(status: Exclude<RunStatus, "running">, reason: string | undefined, nowMs: number): void {
    this.update({ status, reason: reason ?? null, endedAt: new Date(nowMs).toISOString() });
  }

  write(): void {
    replaceFileSync(this.#path, `${JSON.stringify(this.#content, null, 2)}\n`, { temporaryFolder: this.#folder });
  }
}

function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== "object" || value === null) return false;
  return (
    "runId" in value &&
    typeof value.runId === "string" &&
    "status" in value &&
    typeof value.status === "string" &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "host" in value &&
    typeof value.host === "string"
  );
}
