import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { parseJobs } from "../../parse-number.ts";
import { parseGpus } from "../../queue/parse-gpus.ts";

interface StartOptions {
  readonly jobs?: number;
  readonly gpus?: readonly string[];
  readonly executor?: string;
  readonly sbatch?: readonly string[];
  readonly dry?: boolean;
}

export const command = defineCommand<StartOptions>({
  summary: "Start workers that run the tasks of the queue",
  details:
    "They work in the background, one task each at a time, also when this terminal is closed, and end when there has " +
    "been nothing to do for ten seconds. Workers that are there already count.",
  options: [
    { flags: "-j, --jobs <number>", description: "how many workers there are to be (default: 1)", parse: parseJobs },
    {
      flags: "--gpus <list>",
      description: "give each task one of these GPUs for itself, such as 0,1 (default workers: one per GPU)",
      parse: parseGpus,
    },
    {
      flags: "--executor <name>",
      description: "slurm: submit the tasks that wait as a job array instead, at most --jobs of them at a time",
      choices: ["slurm"],
    },
    {
      flags: "--sbatch <options>",
      description: 'options for sbatch: "--partition=gpu --gres=gpu:1"; may be repeated',
      isRepeatable: true,
    },
    { flags: "--dry", description: "with --executor: print what would be submitted, and submit nothing" },
  ],
  examples: [
    { line: "waymark queue start -j 2", does: "two tasks at a time" },
    { line: "waymark queue start --gpus 0,1", does: "one task on each of two GPUs" },
    { line: 'waymark queue start --executor slurm --sbatch "--gres=gpu:1"', does: "one job of Slurm for each task" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { openProject } = await import("@waymark/experiments");
    const { startWorkers } = await import("../../queue/start-workers.ts");
    const project = openProject(context.cwd, context.env);
    if (options.executor === "slurm") {
      const { startSlurm } = await import("../../slurm/start-slurm.ts");
      return await startSlurm(project, options, context);
    }
    const { gpus, jobs = gpus?.length ?? 1 } = options;
    const started = startWorkers(project, { jobs, gpus }, context);
    context.ui.line(`Started ${started} new ${started === 1 ? "worker" : "workers"}.`);
  },
});
