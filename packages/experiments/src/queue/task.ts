import type { ProcessIdentity } from "@waymark/files";
import type { RunState } from "../run/run-record.ts";
import { isRunSpec } from "../run/is-run-spec.ts";
import type { RunSpec } from "../run/run-spec.ts";

/** Where a task is: nobody has it, a worker has it, or it is over. */
export type TaskPlace = "waiting" | "active" | "done";

/** How a task ended. */
export type TaskEnd = Extract<RunState, "finished" | "stopped" | "interrupted" | "failed" | "killed">;

/**
 * The right of one worker to carry out a task. It has to be renewed: one that was not counts as given up, and so does
 * that of a process that is gone.
 */
export interface TaskLease {
  /** The worker, by its id. */
  readonly worker: string;
  readonly holder: ProcessIdentity;
  /** Grows with every lease of the task: what an older one wants to write is refused. */
  readonly fence: number;
  /** ISO 8601, UTC; by the clock of the holder. */
  readonly expiresAt: string;
  /** Somebody wants the task ended: `ask` as by Ctrl-C, `force` at once. */
  readonly kill: "ask" | "force" | null;
}

/** What became of a task. */
export interface TaskResult {
  readonly state: TaskEnd;
  /** Of the experiment, which may differ from the one asked for. */
  readonly name: string;
  /** Newest commit of the experiment; `null` when none was made. */
  readonly commit: string | null;
  readonly exitCode: number | null;
  /** One line; `null` for a task that simply finished. */
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly endedAt: string;
}

/** What the commit of a task says: plain data. */
export interface TaskContent {
  readonly schema: 1;
  /** 8 hex digits. */
  readonly id: string;
  readonly spec: RunSpec;
  /** Of the record of its run, which all attempts on one host share. */
  readonly recordId: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** How often a worker took it. */
  readonly attempts: number;
  /** ISO 8601, UTC: when a worker took it last; `null` before the first time. */
  readonly startedAt: string | null;
  readonly lease: TaskLease | null;
  /** Of the last attempt that ended by itself. */
  readonly result: TaskResult | null;
  /** Of a shared queue: what its attempts have made so far and everybody can have. */
  readonly experiment?: TaskExperiment | undefined;
}

/** An experiment that a task makes, as far as it is at the remote. */
export interface TaskExperiment {
  readonly name: string;
  /** 40-hex id of its newest commit. */
  readonly commit: string;
}

/** A task of the queue. */
export interface QueueTask extends TaskContent {
  readonly place: TaskPlace;
  /** Full name of its ref. */
  readonly ref: string;
  /** What the ref points to: a commit whose tree are the files to run on. */
  readonly commit: string;
  /** Place in the order of waiting tasks, the smallest first; `undefined` when it does not wait. */
  readonly rank: number | undefined;
}

const HEADING = "waymark task ";

/** Formats the message of a task's commit. */
export function formatTask(task: TaskContent): string {
  const { schema, id, spec, recordId, createdAt, attempts, startedAt, lease, result, experiment } = task;
  const content: TaskContent = {
    schema,
    id,
    spec,
    recordId,
    createdAt,
    attempts,
    startedAt,
    lease,
    result,
    experiment,
  };
  return `${HEADING}${spec.name}\n\n${JSON.stringify(content)}\n`;
}

/** Parses the message of a task's commit; `undefined` for one that is none, or of a version to come. */
export function parseTask(message: string): TaskContent | undefined {
  const at = message.indexOf("\n\n");
  if (!message.startsWith(HEADING) || at === -1) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(message.slice(at + 2));
  } catch {
    return undefined;
  }
  return isTask(value) ? value : undefined;
}

/** Anybody may have pushed it: what is not right in every part would stop a worker, and the tasks behind. */
function isTask(value: unknown): value is TaskContent {
  if (!isRecord(value) || value["schema"] !== 1) return false;
  const { id, spec, recordId, createdAt, attempts, startedAt, lease, result, experiment } = value;
  return (
    typeof id === "string" &&
    /^[0-9a-f]{8}$/u.test(id) &&
    typeof recordId === "string" &&
    /^[\w-]+$/u.test(recordId) &&
    isTime(createdAt) &&
    Number.isSafeInteger(attempts) &&
    (startedAt === null || isTime(startedAt)) &&
    isRunSpec(spec) &&
    (lease === null || isLease(lease)) &&
    (result === null || isResult(result)) &&
    (experiment === undefined || isExperiment(experiment))
  );
}

function isLease(lease: unknown): boolean {
  if (!isRecord(lease) || !isRecord(lease["holder"])) return false;
  const { worker, holder, fence, expiresAt, kill } = lease;
  return (
    typeof worker === "string" &&
    typeof holder["pid"] === "number" &&
    typeof holder["host"] === "string" &&
    Number.isSafeInteger(fence) &&
    isTime(expiresAt) &&
    (kill === null || kill === "ask" || kill === "force")
  );
}

const ENDS: readonly unknown[] = ["finished", "stopped", "interrupted", "failed", "killed"] satisfies TaskEnd[];

function isResult(result: unknown): boolean {
  if (!isRecord(result) || !ENDS.includes(result["state"])) return false;
  const { name, commit, exitCode, reason, endedAt } = result;
  return (
    typeof name === "string" &&
    (commit === null || isId(commit)) &&
    (exitCode === null || typeof exitCode === "number") &&
    (reason === null || typeof reason === "string") &&
    isTime(endedAt)
  );
}

function isExperiment(value: unknown): boolean {
  return isRecord(value) && typeof value["name"] === "string" && isId(value["commit"]);
}

function isId(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{40}$/u.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
