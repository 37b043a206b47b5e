import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, type ProcessIdentity, replaceFileSync } from "@waymark/files";
import type { RunState } from "../../run/run-record.ts";

/**
 * How a job stands. `running` is what it says last when it is killed; `evicted`: Slurm told it to end, and knows what comes
 * next; `requeued`: it gave itself back to Slurm, and goes on from a checkpoint; `skipped`: somebody else had done its
 * task; the rest is how its run ended.
 */
export type JobState =
  | "running"
  | "evicted"
  | "requeued"
  | "skipped"
  | Exclude<RunState, "preparing" | "running" | "saving">;

/** What says nothing of the end: the job goes on, or Slurm has it. */
const OPEN: ReadonlySet<JobState> = new Set(["running", "evicted", "requeued"]);

/** Tells whether a record says how its job ended, for good. */
export function isJobOver({ state }: Pick<JobRecord, "state">): boolean {
  return !OPEN.has(state);
}

/**
 * What a job says of itself: a file beside the submission, replaced atomically when the job begins and when it ends. It
 * is believed before anything that the scheduler says: Slurm forgets jobs after minutes, and knows nothing of runs.
 */
export interface JobRecord extends ProcessIdentity {
  readonly schema: 1;
  /** Of the queue. */
  readonly task: string;
  /** `17_3`. */
  readonly jobId: string;
  /** How often Slurm has started it anew. */
  readonly restarts: number;
  /** The node's name in Slurm. */
  readonly node: string;
  readonly state: JobState;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Time that runs of this task took in all, in milliseconds, those before a requeue included. */
  readonly usedMs: number;
  readonly exitCode: number | null;
  /** Why it ended, one line. */
  readonly reason: string | null;
  /** Newest commit of the experiment. */
  readonly commit: string | null;
}

/** The file of one element of an array. */
export function jobRecordPath(folder: string, index: number): string {
  return join(folder, `job-${index}.json`);
}

/** Replaces the record of a job. It survives power loss: nobody else knows how the job ended. */
export function writeJobRecord(folder: string, index: number, record: JobRecord): void {
  replaceFileSync(jobRecordPath(folder, index), `${JSON.stringify(record, null, 2)}\n`, { durable: true });
}

/** Reads the record of a job; `undefined` when it has not begun, or none can be read. */
export function readJobRecord(folder: string, index: number): JobRecord | undefined {
  let text: string;
  try {
    text = readFileSync(jobRecordPath(folder, index), "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
  return parseJobRecord(text);
}

const STATES: ReadonlySet<unknown> = new Set<JobState>([
  "running",
  "evicted",
  "requeued",
  "skipped",
  "finished",
  "stopped",
  "interrupted",
  "failed",
  "killed",
]);

/** Parses a record; `undefined` for what is none. */
export function parseJobRecord(text: string): JobRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const isOurs =
    record["schema"] === 1 &&
    STATES.has(record["state"]) &&
    ["task", "jobId", "node", "startedAt", "host"].every((key) => typeof record[key] === "string") &&
    ["restarts", "pid", "usedMs"].every((key) => typeof record[key] === "number") &&
    ["commit", "reason", "endedAt"].every((key) => record[key] === null || typeof record[key] === "string");
  return isOurs ? (value as JobRecord) : undefined;
}
