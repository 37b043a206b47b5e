import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "@waymark/files";
import type { RunEffects, RunResult } from "../../run/run-place.ts";
import type { WantedCheckpoint } from "../../run/wanted-checkpoint.ts";
import { SlurmSilentError } from "./errors.ts";
import type { JobIdentity } from "./job-identity.ts";
import { isJobOver, type JobRecord, type JobState } from "./job-record.ts";

/** The task of a job, taken from wherever tasks come from; nobody else has it now. */
export interface JobWork {
  /** Runs it from the newest checkpoint there is. How that ends is returned, not thrown. */
  run(signal: AbortSignal, effects: RunEffects): Promise<RunResult>;
  /** Asks the run for a checkpoint. */
  wantCheckpoint(): WantedCheckpoint;
  /** A checkpoint was made, and whoever goes on with the task elsewhere can have it once this returns. */
  keepCheckpoint(): Promise<void>;
  /** Says how the task ended. False: somebody else has it by now, and nothing was said. */
  settle(result: RunResult): Promise<boolean>;
  /** Leaves the task to whoever goes on with it. */
  leave(): Promise<void>;
}

/** What a job says of its task before it begins: {@link JobWork}, or why there is nothing to do. */
export type TakenWork = { readonly work: JobWork } | { readonly skipped: string };

/** Options of {@link carryOutJob}. */
export interface CarryOutJobOptions {
  readonly identity: JobIdentity;
  /** Task of the queue. */
  readonly task: string;
  /** What the job said before Slurm started it anew; `undefined` the first time. */
  readonly before: JobRecord | undefined;
  /** Puts the record where others look for it. */
  readonly record: (record: JobRecord) => void | Promise<void>;
  /** Takes the task. `usedMs` is the time that former runs of it took. */
  readonly take: (usedMs: number) => Promise<TakenWork>;
  /** Gives the job back to Slurm. */
  readonly requeue: () => Promise<void>;
  /** Aborted when the job's time is nearly up. */
  readonly warned: AbortSignal;
  /** Aborted when Slurm ends the job: cancelled, preempted or requeued. */
  readonly ended: AbortSignal;
  /** Time between the warning and the end, in milliseconds. */
  readonly warnMs: number;
  /** Time to wait for the end of a job that Slurm may have taken back, before it is asked again. Default 5 seconds. */
  readonly unclearMs?: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly nowMs?: () => number;
  readonly effects?: RunEffects;
}

/** Part of the warning time that the run has for its checkpoint; what is left is for ending and for saving. */
const CHECKPOINT_SHARE = 0.6;
/** A run's programs may die of the signal before this process has seen that it was meant for all of them. */
const SIGNAL_DELAY_MS = 500;
/** How often Slurm is asked to take a job back while it does not answer, and the time between. */
const ATTEMPTS = 6;
const UNCLEAR_MS = 5000;

/**
 * Carries out one element of a job array.
 *
 * ```
 *   take ─▶ run ─┬─ ends by itself ───────────────────────────────────────────▶ settle
 *                ├─ warned: ask for a checkpoint, interrupt ─┬─ there is one ─▶ leave, requeue
 *                │                                           └─ none ─────────▶ settle: failed
 *                └─ ended by Slurm: interrupt ────────────────────────────────▶ leave
 * ```
 *
 * The record says `running` before anything else happens, and how it ended last of all.
 *
 * @returns The last record.
 */
export async function carryOutJob(options: CarryOutJobOptions): Promise<JobRecord> {
  const { identity, task, before, take, nowMs = Date.now } = options;
  const startedMs = nowMs();
  const usedBefore = before?.usedMs ?? 0;
  let record: JobRecord = {
    ...{ schema: 1, task, jobId: identity.jobId, restarts: identity.restarts, node: identity.node, state: "running" },
    ...{ startedAt: new Date(startedMs).toISOString(), endedAt: null, usedMs: usedBefore, exitCode: null },
    ...{ reason: null, commit: before?.commit ?? null, ...processIdentity() },
  };
  const write = async (changes: Partial<JobRecord>): Promise<void> => {
    const now = nowMs();
    const times = { endedAt: new Date(now).toISOString(), usedMs: usedBefore + now - startedMs };
    record = { ...record, ...times, ...changes };
    await options.record(record);
  };
  if (before !== undefined && isJobOver(before) && before.restarts >= identity.restarts) return before;
  await options.record(record);
  const taken = await take(usedBefore);
  if ("skipped" in taken) {
    await write({ state: "skipped", reason: taken.skipped });
    return record;
  }
  const job = new Job(taken.work, options);
  const result = await job.run();
  const { exitCode, commit } = result;
  await write({ ...(await job.close(result)), exitCode, commit: commit ?? record.commit });
  options.effects?.onNote?.(`${result.name}: ${record.state}${record.reason === null ? "" : ` (${record.reason})`}`);
  if (record.state === "requeued") {
    const error = await giveBack(options);
    if (error !== undefined) {
      const reason = `its time in Slurm was up, and it could not be requeued: ${error.message}`;
      await write({ state: "interrupted", reason });
      await taken.work.settle({ ...result, state: "interrupted", reason });
    }
  }
  return record;
}

/**
 * Gives a job back to Slurm. As soon as Slurm has it, all of it is ended, the program that asked for that too: its answer
 * may be missing, and then the end tells.
 *
 * @returns What went wrong; `undefined` when Slurm has it.
 */
async function giveBack({ requeue, ended, unclearMs = UNCLEAR_MS }: CarryOutJobOptions): Promise<Error | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await requeue();
      return undefined;
    } catch (error) {
      const isUnclear = error instanceof SlurmSilentError;
      await sleep(isUnclear ? unclearMs : SIGNAL_DELAY_MS, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return undefined;
      if (!isUnclear || attempt === ATTEMPTS)
        return error instanceof Error ? error : new Error("it failed", { cause: error });
    }
  }
}

/** One run in a job: what ends it, and what is to come of it. */
class Job {
  readonly #work: JobWork;
  readonly #options: CarryOutJobOptions;
  readonly #end = new AbortController();
  #checkpoints = 0;
  #hasCheckpoint: () => void = () => undefined;

  constructor(work: JobWork, options: CarryOutJobOptions) {
    this.#work = work;
    this.#options = options;
  }

  async run(): Promise<RunResult> {
    const { warned, ended, effects = {} } = this.#options;
    const onEnded = (): void => this.#end.abort("Slurm ended the job");
    const onWarned = (): void => void this.#askForCheckpoint();
    ended.addEventListener("abort", onEnded, { once: true });
    warned.addEventListener("abort", onWarned, { once: true });
    if (ended.aborted) onEnded();
    else if (warned.aborted) onWarned();
    try {
      return await this.#work.run(this.#end.signal, {
        ...effects,
        onCheckpoint: (checkpoint) => {
          this.#checkpoints += 1;
          this.#hasCheckpoint();
          effects.onCheckpoint?.(checkpoint);
        },
      });
    } finally {
      ended.removeEventListener("abort", onEnded);
      warned.removeEventListener("abort", onWarned);
      // Nobody has to wait for a checkpoint any more.
      this.#hasCheckpoint();
    }
  }

  /** Decides what the end of the run means, and says so to whoever gave the task. */
  async close(result: RunResult): Promise<{ readonly state: JobState; readonly reason: string | null }> {
    const { warned, ended } = this.#options;
    const isUnfinished = result.state !== "finished" && result.state !== "stopped";
    if (result.state === "failed" && result.exitCode === null && !ended.aborted) await sleep(SIGNAL_DELAY_MS);
    if (isUnfinished && ended.aborted) {
      await this.#work.leave();
      return { state: "evicted", reason: "Slurm told the job to end" };
    }
    if (isUnfinished && warned.aborted && result.state === "interrupted") {
      if (this.#checkpoints > 0) {
        await this.#work.keepCheckpoint();
        await this.#work.leave();
        return { state: "requeued", reason: "its time in Slurm was up; it goes on from its checkpoint" };
      }
      const reason = "its time in Slurm was up before it made a checkpoint";
      const failed: RunResult = { ...result, state: "failed", reason };
      return (await this.#work.settle(failed)) ? { state: "failed", reason } : TAKEN_OVER;
    }
    const { state, reason } = result;
    if (!(await this.#work.settle(result))) return TAKEN_OVER;
    return { state: isEndState(state) ? state : "failed", reason };
  }

  /** Waits for a checkpoint as long as there is time, and ends the run. */
  async #askForCheckpoint(): Promise<void> {
    const { warnMs, effects } = this.#options;
    effects?.onNote?.("The job's time is nearly up: a checkpoint was asked for.");
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      this.#hasCheckpoint = resolve;
      timer = setTimeout(resolve, warnMs * CHECKPOINT_SHARE);
    });
    const wish = this.#work.wantCheckpoint();
    await enough;
    clearTimeout(timer);
    wish.withdraw();
    this.#end.abort("its time in Slurm was up");
  }
}

const TAKEN_OVER = { state: "skipped", reason: "another worker has taken the task over" } as const;

function isEndState(state: RunResult["state"]): state is Extract<RunResult["state"], JobState> {
  return state !== "preparing" && state !== "running" && state !== "saving";
}
