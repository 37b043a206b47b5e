import { describe, expect, it } from "vitest";
import { parseSlurmTime } from "../../../packages/experiments/src/executors/slurm/slurm-time.ts";
import { watchTime } from "../../../packages/experiments/src/executors/slurm/time-watch.ts";

describe("the time of a job", () => {
  it.each([
    ["0:59", 59_000],
    ["30:00", 1_800_000],
    ["2:00:01", 7_201_000],
    ["1-02:30:00", 95_400_000],
    ["UNLIMITED", undefined],
    ["INVALID", undefined],
    ["", undefined],
  ])("is read as Slurm shows it: %s", (text, ms) => {
    expect(parseSlurmTime(`${text}\n`)).toBe(ms);
  });

  it("is nearly up by the clock, too, for who began to listen after the signal", async () => {
    const { signal } = watchTime({ timeLeft: async () => 50_010 }, "17_3", 50_000);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(signal.aborted).toBe(true);
  });

  it("is not up when there is no limit, or nobody answers", async () => {
    const unlimited = watchTime({ timeLeft: async () => undefined }, "17_3", 50_000);
    const silent = watchTime({ timeLeft: async () => Promise.reject(new Error("no answer")) }, "17_3", 50_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([unlimited.signal.aborted, silent.signal.aborted]).toEqual([false, false]);
  });
});
