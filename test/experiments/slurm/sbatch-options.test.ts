import { describe, expect, it } from "vitest";
import { parseSbatchOptions } from "../../../packages/experiments/src/executors/slurm/sbatch-options.ts";
import { formatSlurmTime } from "../../../packages/experiments/src/executors/slurm/slurm-time.ts";

describe("options for sbatch", () => {
  it("are passed on as words, in their order", () => {
    const { words, hasTime, warnSeconds } = parseSbatchOptions(["--partition=gpu --gres gpu:1", "-A 'my account'"]);
    expect(words).toEqual(["--partition=gpu", "--gres", "gpu:1", "-A", "my account"]);
    expect({ hasTime, warnSeconds }).toEqual({ hasTime: false, warnSeconds: undefined });
  });

  it.each(["--time=1:00:00", "--time 1:00:00", "-t 10", "-t10", "--tim=5"])("know a time limit: %s", (text) => {
    expect(parseSbatchOptions([text]).hasTime).toBe(true);
  });

  it.each([
    ["--signal=B:USR1@600", 600],
    ["--signal B:SIGUSR1@30", 30],
    ["--signal=B:10", 60],
  ])("know when the run is warned: %s", (text, seconds) => {
    expect(parseSbatchOptions([text]).warnSeconds).toBe(seconds);
  });

  it.each(["--signal=USR1@60", "--signal=B:TERM@60", "--signal"])("refuse a warning that never arrives: %s", (text) => {
    expect(() => parseSbatchOptions([text])).toThrow(/would not reach the run/u);
  });

  it.each([
    "--array=0-9",
    "--arr 1",
    "-a 1",
    "-a1",
    "--wrap=id",
    "--wra=id",
    "--parsable",
    "-W",
    "--wait",
    "-D /",
    "--test-only",
  ])("leave to us what is ours: %s", (text) => {
    expect(() => parseSbatchOptions([text])).toThrow(/cannot be used/u);
  });

  it("take an option that only begins as one of ours", () => {
    expect(parseSbatchOptions(["--wait-all-nodes=1 --account=a"]).words).toHaveLength(2);
  });

  it.each(["other.sh", "--exclusive a b", "-", "--", "--x=1 y z", "'--comment=a\nb'"])(
    "refuse what is no option: %s",
    (text) => {
      expect(() => parseSbatchOptions([text])).toThrow(/cannot be used/u);
    },
  );
});

describe("a time limit", () => {
  it.each([
    [1, "00:01:00"],
    [60_000, "00:01:00"],
    [60_001, "00:02:00"],
    [2 * 3_600_000, "02:00:00"],
    [26.5 * 3_600_000, "1-02:30:00"],
    [10 * 86_400_000, "10-00:00:00"],
  ])("of %d ms is written as Slurm counts, in full minutes: %s", (ms, text) => {
    expect(formatSlurmTime(ms)).toBe(text);
  });
});
