import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import type { RunOptions } from "../../exp-run/run-options.ts";
import { parseDuration } from "../../parse-duration.ts";
import { parseJobs, parseSeed } from "../../parse-number.ts";
import { slotOptions } from "../../queue/slot-options.ts";
import { STAGE_OPTIONS } from "../../stage-options.ts";

export const command = defineCommand<RunOptions>({
  summary: "Run a pipeline, or any command, as an experiment",
  details:
    "Stages that changed run in place, and what they make is saved as an experiment of the current commit. HEAD, the " +
    "index and the stash stay as they are. Behind `--` any command runs without a dvc.yaml: saved are tracked files, " +
    "the files it names, params, and the folders it logs into. A run that makes checkpoints keeps them when it fails, " +
    "or when Ctrl-C ends it (once: it may save its work; twice: at once), and exits as a failure does.",
  arguments: [
    {
      name: "[targets...]",
      description: "stages, files that define stages, or .dvc files (default: dvc.yaml of the current folder)",
    },
  ],
  endsAtDashes: true,
  goesOnUnread: true,
  options: [
    { flags: "-n, --name <name>", description: "name of the experiment (default: two random words)" },
    { flags: "-m, --message <text>", description: "message of its commit" },
    {
      flags: "-S, --set-param <override>",
      description: "set a param first: [FILE:]NAME=VALUE, +NAME=VALUE for a new one, ~NAME to remove it",
      isRepeatable: true,
    },
    { flags: "--no-hydra", description: "leave params.yaml uncomposed, whatever hydra.enabled says" },
    { flags: "--queue", description: "put it into the queue; with several values of a parameter, one run for each" },
    { flags: "--trials <number>", description: "with interval(): how many values to draw", parse: parseJobs },
    { flags: "--seed <number>", description: "with interval(): draw the same values again", parse: parseSeed },
    { flags: "--run-all", description: "run what waits in the queue, and print what it prints" },
    {
      flags: "-j, --jobs <number>",
      description: "with --run-all, and with --executor: tasks at a time (default: 1, and all)",
      parse: parseJobs,
    },
    ...slotOptions("with --run-all: "),
    { flags: "--temp", description: "run in a work tree of its own: the workspace stays as it is" },
    {
      flags: "-C, --copy-paths <path>",
      description: "bring an ignored or untracked file or folder along with --temp; may be repeated",
      isRepeatable: true,
    },
    {
      flags: "--executor <name>",
      description: "where it runs: slurm submits it, sweeps as one job array, and returns",
      choices: ["slurm"],
    },
    {
      flags: "--sbatch <options>",
      description: 'options for sbatch: "--partition=gpu --gres=gpu:1"; may be repeated',
      isRepeatable: true,
    },
    { flags: "-r, --rev <checkpoint>", description: "go on from a checkpoint: NAME or NAME@STEP" },
    { flags: "--reset", description: "begin anew: checkpoints of stages are removed first" },
    {
      flags: "--stop <rule>",
      description: 'end it early, and save it: "val/loss not improving for 5"; may be repeated',
      isRepeatable: true,
    },
    {
      flags: "--max-time <time>",
      description: "end it after this time, and save it: 90s, 2h, 1h30m",
      parse: parseDuration,
    },
    {
      flags: "-f, --force",
      description: "run stages that did not change, too, and replace an experiment of that name",
    },
    ...STAGE_OPTIONS,
    { flags: "--ignore-errors", description: "after a failure, go on with everything, and save it" },
    { flags: "-M, --message-2 <text>", description: "as --message, for DVC 2", isHidden: true },
  ],
  examples: [
    { line: "waymark exp run -S train.lr=0.01", does: "run the pipeline with another learning rate" },
    { line: "waymark exp run -- python train.py --lr 0.1", does: "run any command as an experiment" },
    { line: "waymark exp run --rev brave-bat@300", does: "go on after step 300 of an experiment" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, commandLine, context }) {
    const { openProject, planOverrides } = await import("@waymark/experiments");
    const { toCopyPaths, toRules, toWork } = await import("../../exp-run/run-work.ts");
    const { refuseOptions } = await import("../../exp-run/refuse-options.ts");
    const { cwd, env } = context;
    refuseOptions(options, { targets: args, commandLine }, context.ui);
    const project = openProject(cwd, env);
    if (options.runAll === true) {
      const { runAll } = await import("../../exp-run/run-all.ts");
      return await runAll(project, { ...options, jobs: options.jobs ?? options.gpus?.length ?? 1 }, context);
    }
    const work = toWork(args, options, commandLine);
    const rules = toRules(options);
    const isSweepAllowed = options.executor === "slurm" || options.queue === true;
    const { trials, seed } = options;
    const sampling = { ...(trials === undefined ? {} : { trials }), ...(seed === undefined ? {} : { seed }) };
    const resumeFrom = options.rev ?? (options.reset === true ? undefined : resumeFromEnvironment(env));
    const isElsewhere = isSweepAllowed || options.temp === true;
    const sets = await planOverrides(project, options.setParam ?? [], {
      ...{ isSweepAllowed, cwd, env, isComposing: options.hydra !== false },
      // Elsewhere a run begins with all files of its checkpoint; here code and params stay as they are.
      ...(isElsewhere ? { checkpoint: resumeFrom } : {}),
      ...sampling,
    });
    const [set = { files: new Map<string, Uint8Array>(), params: [], overrides: new Map() }] = sets;
    if (options.dry === true && options.executor === undefined) {
      const { dryRun } = await import("../../exp-run/dry-run.ts");
      return await dryRun(project, work, sets, context);
    }
    const request = {
      ...{ work, rules, cwd, name: options.name, message: options.message ?? options.message2 },
      ...{ force: options.force ?? false, params: set.params, isReset: options.reset ?? false },
      resumeFrom,
      copyPaths: toCopyPaths(project, cwd, options.copyPaths ?? []),
    };
    if (options.executor === "slurm") {
      const { runSlurm } = await import("../../slurm/run-slurm.ts");
      return await runSlurm(project, { request, sets: sets.length === 0 ? [set] : sets }, options, context);
    }
    if (options.queue === true) {
      const { runQueued } = await import("../../exp-run/run-queued.ts");
      return await runQueued(project, request, sets.length === 0 ? [set] : sets, context);
    }
    const run = { request, files: set.files, isAsking: options.interactive ?? false };
    if (options.temp === true) {
      const { runTemp } = await import("../../exp-run/run-temp.ts");
      return await runTemp(project, run, context);
    }
    const { runHere } = await import("../../exp-run/run-here.ts");
    await runHere(project, run, context);
  },
});

/** Scripts may name the checkpoint this way, as they do for the logger. */
function resumeFromEnvironment(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env["WAYMARK_RESUME"]?.trim();
  return named === undefined || /^(?:|0|1|true|false|yes|no)$/iu.test(named) ? undefined : named;
}
