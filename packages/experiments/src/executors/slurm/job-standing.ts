import { isJobOver, type JobRecord } from "./job-record.ts";
import { phaseOf, type SlurmJob } from "./slurm-job.ts";

/** What Slurm was asked about one job. */
export interface SchedulerAnswer {
  /** As `squeue` has it; `undefined` when it knows the job no more, or was not asked. */
  readonly queued: SlurmJob | undefined;
  /** As `sacct` has it; `undefined` where there is no accounting, or it does not know the job. */
  readonly accounted: SlurmJob | undefined;
  /** Why Slurm did not answer; `undefined` when it did. */
  readonly silence: string | undefined;
}

/** How a job stands, and who says so. */
export interface JobStanding {
  /**
   * `waiting` and `running` as far as Slurm says; `ended`: it does nothing any more; `unknown`: nobody who could tell
   * answers.
   */
  readonly kind: "waiting" | "running" | "ended" | "unknown";
  readonly source: "record" | "scheduler" | "accounting" | "nobody";
  /** One line: why it waits, where it runs, how it ended, or why nothing is known. */
  readonly detail: string;
  /** For a job that ended without saying how: whether somebody cancelled it. */
  readonly isCancelled: boolean;
  /** Why Slurm could not be asked; absent when it answered, or did not have to. */
  readonly silence?: string;
}

/**
 * Judges how a job stands: by what it wrote itself, else by what Slurm says. Nothing is guessed: where neither knows, that
 * is the answer.
 */
export function judgeJob(record: JobRecord | undefined, answer: SchedulerAnswer): JobStanding {
  if (record !== undefined && isJobOver(record)) {
    return { kind: "ended", source: "record", detail: record.reason ?? record.state, isCancelled: false };
  }
  const { queued, accounted, silence } = answer;
  const known = queued ?? accounted;
  if (known !== undefined) {
    const source = queued === undefined ? "accounting" : "scheduler";
    const kind = phaseOf(known);
    return {
      ...{ kind: kind === "over" ? "ended" : kind, source, detail: describeJob(known) },
      isCancelled: known.state === "CANCELLED",
    };
  }
  return {
    kind: "unknown",
    source: "nobody",
    detail: describeNobody(record, silence),
    isCancelled: false,
    ...(silence === undefined ? {} : { silence }),
  };
}

const ENDS: Readonly<Record<string, string>> = {
  BOOT_FAIL: "the node did not start",
  CANCELLED: "the job was cancelled",
  COMPLETED: "the job ended without saying how its run went",
  DEADLINE: "the job's deadline passed",
  FAILED: "the job failed before it could say why",
  NODE_FAIL: "the node failed",
  OUT_OF_MEMORY: 'the job took more memory than it was given: ask for more with `--sbatch "--mem=…"`',
  PREEMPTED: "a job of higher priority took its place",
  REVOKED: "another cluster runs the job",
  TIMEOUT: 'the job\'s time limit passed: ask for more with `--sbatch "--time=…"`',
};

/** Says in one line how Slurm sees a job. */
export function describeJob(job: SlurmJob): string {
  const { state, nodes, reason } = job;
  switch (phaseOf(job)) {
    case "waiting":
      return reason === "" ? "waits in Slurm" : `waits in Slurm (${reason})`;
    case "running": {
      const doing = state === "RUNNING" ? "runs" : state.toLowerCase();
      return nodes === "" ? doing : `${doing} on ${nodes}`;
    }
    case "over": {
      const why = ENDS[state] ?? `the job ended as ${state}`;
      return nodes === "" ? why : `${why} (on ${nodes})`;
    }
  }
}

function describeNobody(record: JobRecord | undefined, silence: string | undefined): string {
  const last =
    record === undefined
      ? "the job has not begun as far as is known here"
      : `the job last said it was ${record.state}${record.node === "" ? "" : ` on ${record.node}`}`;
  return silence === undefined
    ? `${last}, and Slurm does not know it any more`
    : `${last}, and Slurm does not answer: ${silence}`;
}
