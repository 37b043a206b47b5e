import { describe, expect, it } from "vitest";
import {
  carryOutJob,
  type CarryOutJobOptions,
  type JobWork,
} from "../../../packages/experiments/src/executors/slurm/carry-out-job.ts";
import { SlurmSilentError } from "../../../packages/experiments/src/executors/slurm/errors.ts";
import type { JobRecord } from "../../../packages/experiments/src/executors/slurm/job-record.ts";
import type { RunEffects, RunResult } from "../../../packages/experiments/src/run/run-place.ts";

const FINISHED: RunResult = {
  ...{ state: "finished", name: "brave-bat", commit: "c".repeat(40), exitCode: 0, reason: null, error: undefined },
};

/** A run that ends as it is told to: by itself, or when it is interrupted. */
class PretendedWork implements JobWork {
  readonly said: string[] = [];
  readonly #run: (signal: AbortSignal, effects: RunEffects, work: PretendedWork) => Promise<RunResult>;
  onWanted: () => void = () => undefined;
  isOurs = true;

  constructor(run: (signal: AbortSignal, effects: RunEffects, work: PretendedWork) => Promise<RunResult>) {
    this.#run = run;
  }

  async run(signal: AbortSignal, effects: RunEffects): Promise<RunResult> {
    return this.#run(signal, effects, this);
  }

  wantCheckpoint(): { withdraw: () => void } {
    this.said.push("want");
    this.onWanted();
    return { withdraw: () => void this.said.push("withdraw") };
  }

  async keepCheckpoint(): Promise<void> {
    this.said.push("keep");
  }

  async settle({ state }: RunResult): Promise<boolean> {
    this.said.push(`settle ${state}`);
    return this.isOurs;
  }

  async leave(): Promise<void> {
    this.said.push("leave");
  }
}

/** A run that goes on until it is interrupted. */
async function untilInterrupted(signal: AbortSignal): Promise<RunResult> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return { ...FINISHED, state: "interrupted", exitCode: null, reason: String(signal.reason) };
}

const checkpoint = (effects: RunEffects): void => {
  effects.onCheckpoint?.({ name: "brave-bat", step: 3, commit: "d".repeat(40) });
};

async function carryOut(
  work: PretendedWork,
  options: Partial<CarryOutJobOptions> = {},
): Promise<{ readonly states: readonly string[]; readonly record: JobRecord }> {
  const states: string[] = [];
  const never = new AbortController().signal;
  const record = await carryOutJob({
    ...{ identity: { jobId: "17_3", index: 3, restarts: 0, node: "n1" }, task: "aa", before: undefined },
    ...{ warned: never, ended: never, warnMs: 20 },
    record: ({ state }) => void states.push(state),
    take: async () => ({ work }),
    requeue: async () => void work.said.push("requeue"),
    ...options,
  });
  return { states, record };
}

describe("a job", () => {
  it("says that it runs, and how it ended, and settles its task in between", async () => {
    const work = new PretendedWork(async () => FINISHED);
    const { states, record } = await carryOut(work);
    expect(states).toEqual(["running", "finished"]);
    expect(work.said).toEqual(["settle finished"]);
    expect(record).toMatchObject({ jobId: "17_3", commit: FINISHED.commit, exitCode: 0, reason: null });
  });

  it("that is warned asks for a checkpoint, and gives itself back once there is one", async () => {
    const warned = new AbortController();
    const work = new PretendedWork(async (signal, effects, self) => {
      self.onWanted = () => checkpoint(effects);
      warned.abort();
      return untilInterrupted(signal);
    });
    const { states, record } = await carryOut(work, { warned: warned.signal, warnMs: 60_000 });
    expect(states).toEqual(["running", "requeued"]);
    expect(work.said).toEqual(["want", "withdraw", "keep", "leave", "requeue"]);
    expect(record.reason).toMatch(/goes on from its checkpoint/u);
  });

  it("that is warned and makes no checkpoint fails instead of beginning anew for ever", async () => {
    const warned = AbortSignal.abort();
    const work = new PretendedWork(untilInterrupted);
    const { states, record } = await carryOut(work, { warned });
    expect(states).toEqual(["running", "failed"]);
    expect(work.said).toEqual(["want", "withdraw", "settle failed"]);
    expect(record.reason).toBe("its time in Slurm was up before it made a checkpoint");
  });

  it("that is warned and ends by itself in the time that is left has simply ended", async () => {
    const work = new PretendedWork(async () => FINISHED);
    const { states } = await carryOut(work, { warned: AbortSignal.abort(), warnMs: 60_000 });
    expect(states).toEqual(["running", "finished"]);
  });

  it("whose question to be requeued was ended together with it has been requeued", async () => {
    const [warned, ended] = [new AbortController(), new AbortController()];
    const work = new PretendedWork(async (signal, effects) => {
      work.onWanted = () => checkpoint(effects);
      warned.abort();
      return untilInterrupted(signal);
    });
    const requeue = async (): Promise<void> => {
      // Slurm ends every process of the job, in whatever order.
      setTimeout(() => ended.abort(), 20);
      return Promise.reject(new SlurmSilentError("scontrol", "SIGTERM ended it"));
    };
    const { states } = await carryOut(work, { warned: warned.signal, ended: ended.signal, requeue });
    expect(states).toEqual(["running", "requeued"]);
    expect(work.said).toEqual(["want", "withdraw", "keep", "leave"]);
  });

  it("asks again to be requeued while Slurm does not answer", async () => {
    const warned = new AbortController();
    const work = new PretendedWork(async (signal, effects) => {
      work.onWanted = () => checkpoint(effects);
      warned.abort();
      return untilInterrupted(signal);
    });
    let asked = 0;
    const requeue = async (): Promise<void> => {
      asked += 1;
      if (asked < 3) throw new SlurmSilentError("scontrol", "Unable to contact slurm controller");
    };
    const { states } = await carryOut(work, { warned: warned.signal, requeue, unclearMs: 1 });
    expect([asked, states]).toEqual([3, ["running", "requeued"]]);
  });

  it("that cannot be requeued is over, and its task can be retried", async () => {
    const warned = new AbortController();
    const work = new PretendedWork(async (signal, effects) => {
      checkpoint(effects);
      warned.abort();
      return untilInterrupted(signal);
    });
    const requeue = async (): Promise<void> => Promise.reject(new Error("Requeue is disabled"));
    const { states, record } = await carryOut(work, { warned: warned.signal, requeue });
    expect(states).toEqual(["running", "requeued", "interrupted"]);
    expect(record.reason).toContain("Requeue is disabled");
    expect(work.said.at(-1)).toBe("settle interrupted");
  });

  it("that Slurm ends leaves its task to whom Slurm gives it", async () => {
    const ended = new AbortController();
    const work = new PretendedWork(async (signal, effects) => {
      checkpoint(effects);
      ended.abort();
      return untilInterrupted(signal);
    });
    const { states } = await carryOut(work, { ended: ended.signal });
    expect(states).toEqual(["running", "evicted"]);
    expect(work.said).toEqual(["leave"]);
  });

  it("whose programs were killed a moment before it was told so itself is no failure", async () => {
    const ended = new AbortController();
    const work = new PretendedWork(async () => {
      setTimeout(() => ended.abort(), 50);
      return { ...FINISHED, state: "failed", exitCode: null, reason: "the command was ended by SIGTERM" };
    });
    const { states } = await carryOut(work, { ended: ended.signal });
    expect(states).toEqual(["running", "evicted"]);
  });

  it("whose task somebody else has by now says so, and nothing else", async () => {
    const work = new PretendedWork(async () => FINISHED);
    work.isOurs = false;
    const { record } = await carryOut(work);
    expect(record).toMatchObject({ state: "skipped", reason: "another worker has taken the task over" });
    const skipped = await carryOut(work, { take: async () => ({ skipped: "it is over" }) });
    expect(skipped.states).toEqual(["running", "skipped"]);
  });

  it("counts the time of all its starts, and does nothing twice", async () => {
    let nowMs = 1000;
    const work = new PretendedWork(async () => {
      nowMs += 500;
      return FINISHED;
    });
    const first = await carryOut(work, { nowMs: () => nowMs });
    expect(first.record.usedMs).toBe(500);
    const before = { ...first.record, state: "evicted" } as const;
    const identity = { jobId: "17_3", index: 3, restarts: 1, node: "n2" };
    const second = await carryOut(work, { nowMs: () => nowMs, before, identity });
    expect(second.record).toMatchObject({ usedMs: 1000, restarts: 1, node: "n2" });
    const third = await carryOut(work, { before: second.record, identity });
    expect(third.states).toEqual([]);
  });
});
