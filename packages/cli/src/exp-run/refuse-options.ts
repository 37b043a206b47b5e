import { toPrintable } from "../render/display-text.ts";
import type { Ui } from "../ui.ts";
import { UsageError } from "../usage-error.ts";
import type { RunOptions } from "./run-options.ts";

type Flags = Readonly<Partial<Record<keyof RunOptions, string>>>;

/** What chooses stages or says how to run them: a command behind `--` has none. */
const OF_STAGES: Flags = {
  interactive: "-i",
  singleItem: "-s",
  pipeline: "-p",
  allPipelines: "-P",
  recursive: "-R",
  downstream: "--downstream",
  forceDownstream: "--force-downstream",
  pull: "--pull",
  allowMissing: "--allow-missing",
  keepGoing: "-k",
  ignoreErrors: "--ignore-errors",
  reset: "--reset",
};
/** What describes one run: those that wait in the queue have been described. */
const OF_A_RUN: Flags = {
  ...OF_STAGES,
  ...{ name: "-n", message: "-m", message2: "-M", setParam: "-S", hydra: "--no-hydra", queue: "--queue" },
  ...{ temp: "--temp", copyPaths: "-C", rev: "--rev", force: "-f", dry: "--dry" },
  ...{ stop: "--stop", maxTime: "--max-time", trials: "--trials", seed: "--seed" },
};

/** What stands beside the options. */
export interface RunWords {
  readonly targets: readonly string[];
  /** What follows `--`. */
  readonly commandLine: readonly string[] | undefined;
}

/**
 * Refuses options that contradict each other, or that nobody would look at. Where DVC takes such a line and ignores a
 * part of it, that part is named, and the rest done.
 *
 * @throws {@link UsageError}
 */
export function refuseOptions(options: RunOptions, { targets, commandLine }: RunWords, ui: Ui): void {
  const { runAll = false, queue = false, temp = false, executor } = options;
  if (runAll) {
    if (executor !== undefined) {
      throw new UsageError("--run-all starts workers on this host, and --executor sends runs elsewhere", {
        hint: "To send what waits to Slurm: waymark queue start --executor slurm",
      });
    }
    if (commandLine !== undefined) {
      throw new UsageError("--run-all runs what waits, which a command behind `--` does not yet", {
        hint: "Queue it first: waymark exp run --queue -- COMMAND",
      });
    }
    noteIgnored(
      ui,
      [...targets, ...typed(options, OF_A_RUN)],
      "with --run-all, which runs what waits as it was queued",
    );
  } else {
    // As DVC, which looks at it with --run-all only; Slurm is told how many may run at a time.
    if (executor === undefined) noteIgnored(ui, typed(options, { jobs: "--jobs" }), "without --run-all");
    refuse(typed(options, { gpus: "--gpus", cpus: "--cpus" }), "needs --run-all", "For workers: waymark queue start");
  }
  if (executor === undefined) refuse(typed(options, { sbatch: "--sbatch" }), "needs --executor slurm");
  if (executor !== undefined && temp) {
    throw new UsageError("--temp and --executor both say where it runs", { hint: "Give one of them." });
  }
  if (options.rev !== undefined && options.reset === true) {
    // As DVC 2 has it: "--reset and --rev are mutually exclusive".
    throw new UsageError("--rev goes on from a checkpoint, and --reset begins anew", { hint: "Give one of them." });
  }
  if (options.interactive === true && (queue || executor !== undefined)) {
    throw new UsageError("-i asks before each stage, and a task of the queue has nobody to ask", {
      hint: "Leave -i out, or run it here or with --temp.",
    });
  }
  if (commandLine !== undefined && !runAll) {
    refuse(typed(options, OF_STAGES), "is for stages, and behind `--` there is a command");
  }
  if (!temp && !queue && executor === undefined && !runAll) {
    // As DVC, which copies nothing where the files are already.
    noteIgnored(ui, typed(options, { copyPaths: "-C" }), "in the workspace, where the files are already");
  }
}

function typed(options: RunOptions, flags: Flags): readonly string[] {
  return Object.entries(flags).flatMap(([key, flag]) => {
    const value = options[key as keyof RunOptions];
    // `--no-hydra` is the one that is given by being false.
    return (key === "hydra" ? value === false : value !== undefined && value !== false) ? [flag] : [];
  });
}

function refuse([flag]: readonly string[], why: string, hint?: string): void {
  if (flag !== undefined) throw new UsageError(`${flag} ${why}`, hint === undefined ? {} : { hint });
}

function noteIgnored(ui: Ui, flags: readonly string[], when: string): void {
  if (flags.length > 0) ui.note(`Ignored: ${flags.map(toPrintable).join(", ")}, ${when}.`);
}
