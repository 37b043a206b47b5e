import { absent, type Figure } from "../row.ts";
import { hasStrace, traceCalls } from "../strace.ts";
import { runWorker } from "../worker.ts";
import { makeRepository } from "./repository.ts";

const COUNT = 4;

/** Counts the Git processes of a checkpoint: what twice as many checkpoints start more. */
export async function countProcesses(): Promise<Figure> {
  const what = "Git processes per checkpoint";
  const target = "≤ 3";
  if (!hasStrace()) return absent(what, target, "strace is not installed");
  const started = async (count: number): Promise<number> => {
    const { under, read } = traceCalls("execve", true);
    const work = { tracker: "waymark", count, warmUp: 3, modelBytes: 1000 };
    await runWorker("checkpoints.mjs", work, { cwd: await makeRepository(20), under });
    return read()
      .split("\n")
      .filter((line) => /execve\(.*\) = 0$/u.test(line)).length;
  };
  const value = ((await started(2 * COUNT)) - (await started(COUNT))) / COUNT;
  return { what, target, value: String(value), verdict: value <= 3 ? "met" : "missed" };
}
