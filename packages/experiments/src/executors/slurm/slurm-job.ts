/** A job, or one element of a job array, as Slurm knows it. */
export interface SlurmJob {
  /** `17` or, for an element of an array, `17_3`. */
  readonly id: string;
  /** In Slurm's words, such as `PENDING` or `NODE_FAIL`. */
  readonly state: string;
  /** Where it runs or ran, such as `gpu-[1-2]`; empty when nowhere. */
  readonly nodes: string;
  /** Why it waits, or why it ended, in Slurm's words; empty when there is nothing to say. */
  readonly reason: string;
}

/** Fields of `squeue --format`, told apart by a character that ids, states and node lists never hold. */
export const SQUEUE_FORMAT = "%i|%T|%N|%r";
/** Fields of `sacct --format`, in the order of {@link SQUEUE_FORMAT}. */
export const SACCT_FORMAT = "JobID,State,NodeList,Reason";

/** Jobs that will do nothing any more. */
const OVER: ReadonlySet<string> = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);
const WAITING: ReadonlySet<string> = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_FED",
  "REQUEUE_HOLD",
  "RESV_DEL_HOLD",
  "SPECIAL_EXIT",
]);

/** What a state of Slurm comes down to. */
export type SlurmPhase = "waiting" | "running" | "over";

/** Tells what a job does. States that a later Slurm may invent count as running: they are not over. */
export function phaseOf({ state }: SlurmJob): SlurmPhase {
  if (OVER.has(state)) return "over";
  return WAITING.has(state) ? "waiting" : "running";
}

/**
 * Parses what `squeue` and `sacct` print in our formats. Elements of an array are a line each; lines that say something
 * else are passed over.
 */
export function parseJobs(text: string): readonly SlurmJob[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", rawState = "", nodes = "", ...reason] = line.trim().split("|");
    // Accounting says who cancelled: `CANCELLED by 1000`; a `+` stands for what did not fit.
    const state = /^[A-Z_]+/u.exec(rawState)?.[0];
    if (state === undefined) return [];
    return expandIds(id).map((one) => ({ id: one, state, nodes: clean(nodes), reason: clean(reason.join("|")) }));
  });
}

const NOTHING: ReadonlySet<string> = new Set(["", "None", "(null)", "None assigned", "N/A"]);

function clean(text: string): string {
  return NOTHING.has(text.trim()) ? "" : text.trim();
}

const ID = /^\d+(?:_\d+)?$/u;
/** An array whose elements all wait is one line in accounting: `17_[0-3,6%2]`. */
const RANGE = /^(?<job>\d+)_\[(?<list>[\d,-]+)(?:%\d+)?\]$/u;

function expandIds(id: string): readonly string[] {
  if (ID.test(id)) return [id];
  const range = RANGE.exec(id)?.groups;
  if (range === undefined) return [];
  return (range["list"] ?? "").split(",").flatMap((part) => {
    const [from, to = from] = part.split("-").map(Number);
    if (from === undefined || to === undefined || !(to >= from) || to - from > 100_000) return [];
    return Array.from({ length: to - from + 1 }, (_, at) => `${range["job"]}_${from + at}`);
  });
}
