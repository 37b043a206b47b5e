import { expect, test } from "vitest";
import { refuseOptions } from "../../packages/cli/src/exp-run/refuse-options.ts";
import type { RunOptions } from "../../packages/cli/src/exp-run/run-options.ts";
import type { Ui } from "../../packages/cli/src/ui.ts";

/** What is said of options, or why they are refused. */
function say(options: RunOptions, commandLine?: readonly string[], targets: readonly string[] = []): string {
  const notes: string[] = [];
  const ui = { note: (text: string) => void notes.push(text) } as Partial<Ui> as Ui;
  try {
    refuseOptions(options, { targets, commandLine }, ui);
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
  return notes.join("\n");
}

test.each<readonly [RunOptions, string]>([
  [{ rev: "a@1", reset: true }, "--rev goes on from a checkpoint, and --reset begins anew"],
  [{ gpus: ["0"] }, "--gpus needs --run-all"],
  [{ queue: true, cpus: 2 }, "--cpus needs --run-all"],
  [{ sbatch: ["--time=1"] }, "--sbatch needs --executor slurm"],
  [{ temp: true, executor: "slurm" }, "--temp and --executor both say where it runs"],
  [{ queue: true, interactive: true }, "-i asks before each stage, and a task of the queue has nobody to ask"],
  [{ executor: "slurm", interactive: true }, "-i asks before each stage"],
  [{ runAll: true, executor: "slurm" }, "--run-all starts workers on this host"],
])("refuses %j", (options, message) => {
  expect(say(options)).toContain(`refused: ${message}`);
});

test.each<readonly [RunOptions, string]>([
  [{ singleItem: true }, "-s is for stages, and behind `--` there is a command"],
  [{ pull: true }, "--pull is for stages"],
  [{ reset: true }, "--reset is for stages"],
  [{ runAll: true }, "--run-all runs what waits, which a command behind `--` does not yet"],
])("refuses %j with a command behind two dashes", (options, message) => {
  expect(say(options, ["python", "train.py"])).toContain(`refused: ${message}`);
});

test("names what DVC ignores without a word, and goes on", () => {
  expect(say({ jobs: 2 })).toBe("Ignored: --jobs, without --run-all.");
  expect(say({ copyPaths: ["a"] })).toBe("Ignored: -C, in the workspace, where the files are already.");
  expect(say({ runAll: true, jobs: 2, gpus: ["0"], setParam: ["lr=1"], hydra: false, temp: true })).toBe(
    "Ignored: -S, --no-hydra, --temp, with --run-all, which runs what waits as it was queued.",
  );
  expect(say({ runAll: true, name: "a" }, undefined, ["train"])).toContain("Ignored: train, -n, with --run-all");
});

test.each<RunOptions>([
  {},
  { hydra: true, interactive: true, name: "a" },
  { temp: true, copyPaths: ["a"], interactive: true, rev: "a@1" },
  { queue: true, copyPaths: ["a"], reset: true, trials: 3, seed: 1 },
  { executor: "slurm", sbatch: ["--time=1"], copyPaths: ["a"], jobs: 2 },
  { runAll: true, jobs: 4, gpus: ["0"], cpus: 2 },
])("has nothing to say of %j", (options) => {
  expect(say(options)).toBe("");
});
