import { describe, expect, it } from "vitest";
import { type JobRecord, parseJobRecord } from "../../../packages/experiments/src/executors/slurm/job-record.ts";
import { judgeJob, type SchedulerAnswer } from "../../../packages/experiments/src/executors/slurm/job-standing.ts";
import { parseJobs, phaseOf } from "../../../packages/experiments/src/executors/slurm/slurm-job.ts";

const RECORD: JobRecord = {
  ...{ schema: 1, task: "t1", jobId: "17_3", restarts: 0, node: "n1", state: "running", usedMs: 0 },
  ...{ startedAt: "2026-01-01T00:00:00.000Z", endedAt: null, exitCode: null, reason: null, commit: null },
  ...{ pid: 12, host: "n1", processStart: null, bootId: null },
};
const NOTHING: SchedulerAnswer = { queued: undefined, accounted: undefined, silence: undefined };
const job = (state: string, reason = "", nodes = ""): SchedulerAnswer["queued"] => ({
  id: "17_3",
  state,
  nodes,
  reason,
});

describe("what squeue and sacct print", () => {
  it("is one job a line; what says nothing is left out", () => {
    expect(
      parseJobs("17_0|RUNNING|n1|None\n17_1|PENDING||Resources\n18|NODE_FAIL|n[1-2]|a|b\n\nslurm: hello\n"),
    ).toEqual([
      { id: "17_0", state: "RUNNING", nodes: "n1", reason: "" },
      { id: "17_1", state: "PENDING", nodes: "", reason: "Resources" },
      { id: "18", state: "NODE_FAIL", nodes: "n[1-2]", reason: "a|b" },
    ]);
  });

  it("takes an array that waits as a whole for its elements", () => {
    const ids = parseJobs("17_[0-2,6%2]|PENDING|None assigned|(null)").map(({ id }) => id);
    expect(ids).toEqual(["17_0", "17_1", "17_2", "17_6"]);
  });

  it("takes the state alone where accounting says more", () => {
    expect(parseJobs("17_1|CANCELLED by 1000|n1|None")).toMatchObject([{ state: "CANCELLED" }]);
  });

  it("makes nothing of ranges that make no sense", () => {
    expect(parseJobs("17_[5-1]|PENDING||\n17_[0-99999999]|PENDING||\n17_[x]|PENDING||")).toEqual([]);
  });

  it("counts a state that nobody knows yet as one that goes on", () => {
    expect(phaseOf({ id: "1", state: "MEDITATING", nodes: "", reason: "" })).toBe("running");
  });
});

describe("the record of a job", () => {
  it("is read as it was written, and what is none is not", () => {
    expect(parseJobRecord(JSON.stringify(RECORD))).toEqual(RECORD);
    for (const text of ["", "{}", "[]", "null", JSON.stringify({ ...RECORD, state: "odd" }), '{"schema":1']) {
      expect(parseJobRecord(text)).toBeUndefined();
    }
  });
});

describe("how a job stands", () => {
  it("is what it said itself at its end, whatever Slurm says", () => {
    const record: JobRecord = { ...RECORD, state: "failed", reason: "the command exited with 3" };
    expect(judgeJob(record, { ...NOTHING, queued: job("COMPLETED") })).toMatchObject({
      ...{ kind: "ended", source: "record", detail: "the command exited with 3" },
    });
  });

  it("is what Slurm says while it goes on, or ended without a word", () => {
    const ask = (queued: SchedulerAnswer["queued"]): string => {
      const { kind, source, detail } = judgeJob(RECORD, { ...NOTHING, queued });
      return `${kind}, ${source}: ${detail}`;
    };
    expect(ask(job("RUNNING", "", "n2"))).toBe("running, scheduler: runs on n2");
    expect(ask(job("COMPLETING", "", "n2"))).toBe("running, scheduler: completing on n2");
    expect(ask(job("PENDING", "BeginTime"))).toBe("waiting, scheduler: waits in Slurm (BeginTime)");
    expect(ask(job("NODE_FAIL", "", "n2"))).toBe("ended, scheduler: the node failed (on n2)");
    expect(ask(job("OUT_OF_MEMORY"))).toContain("--mem");
    expect(ask(job("TIMEOUT"))).toContain("--time");
  });

  it("is what accounting has kept where the scheduler has forgotten", () => {
    expect(judgeJob(undefined, { ...NOTHING, accounted: job("CANCELLED") })).toMatchObject({
      ...{ kind: "ended", source: "accounting", isCancelled: true },
    });
  });

  it("follows a job that gave itself back", () => {
    const record: JobRecord = { ...RECORD, state: "requeued" };
    expect(judgeJob(record, { ...NOTHING, queued: job("PENDING", "BeginTime") })).toMatchObject({ kind: "waiting" });
  });

  it("is unknown, and says why, where nobody can tell", () => {
    expect(judgeJob(RECORD, NOTHING)).toEqual({
      ...{ kind: "unknown", source: "nobody", isCancelled: false },
      detail: "the job last said it was running on n1, and Slurm does not know it any more",
    });
    expect(judgeJob(undefined, { ...NOTHING, silence: "Connection refused" }).detail).toBe(
      "the job has not begun as far as is known here, and Slurm does not answer: Connection refused",
    );
  });
});
