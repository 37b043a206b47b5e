import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { parseJobs } from "../../parse-number.ts";
import { type SlotOptions, slotOptions } from "../../queue/slot-options.ts";

interface StartOptions extends SlotOptions {
  readonly jobs?: number;
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
    {
      flags: "-j, --jobs <number>",
      description: "how many workers there are to be (default: 1, or one per GPU)",
      parse: parseJobs,
    },
    ...slotOptions(),
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
    const { openProject, usableCpus } = await import("@waymark/experiments");
    const { startWorkers } = await import("../../queue/start-workers.ts");
    const project = openProject(context.cwd, context.env);
    if (options.executor === "slurm") {
      const { startSlurm } = await import("../../slurm/start-slurm.ts");
      return await startSlurm(project, options, context);
    }
    const { gpus, cpus, jobs = gpus?.length ?? 1 } = options;
    if (cpus !== undefined) usableCpus(cpus);
    const started = startWorkers(project, { jobs, gpus, cpus }, context);
    context.ui.line(`Started ${started} new ${started === 1 ? "worker" : "workers"}.`);
    const { noteDvcQueue } = await import("../../queue/note-dvc-queue.ts");
    noteDvcQueue(context.ui, project);
  },
});
