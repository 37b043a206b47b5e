import { shellWord } from "@waymark/core";
import {
  type PlannedSubmission,
  planSubmissions,
  type Project,
  type QueueTask,
  readSlurmSettings,
  SlurmClient,
  submitTasks,
  type TaskToPlan,
} from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";
import { ownProgram } from "./own-program.ts";

/** Options of commands that submit, as they are typed. */
export interface SubmitFlags {
  readonly sbatch?: readonly string[];
  /** How many jobs may run at the same time. */
  readonly jobs?: number;
}

/** Plans the job arrays of tasks with what the user typed and configured. */
export function planArrays<Task extends TaskToPlan>(
  project: Project,
  tasks: readonly Task[],
  { sbatch = [], jobs }: SubmitFlags,
): readonly PlannedSubmission<Task>[] {
  const settings = readSlurmSettings(project.repo);
  return planSubmissions(project, tasks, {
    ...{ carrier: settings.carrier, jobs, program: settings.program ?? ownProgram() },
    sbatch: [...settings.sbatch, ...sbatch],
  });
}

/** Says how arrays would be submitted. */
export function showArrays(planned: readonly PlannedSubmission[], { ui }: CommandContext): void {
  for (const { plan } of planned) ui.line(toPrintable(`sbatch ${plan.args.map(shellWord).join(" ")}`));
}

/** Submits arrays, and says which jobs they are. */
export async function submitArrays(
  project: Project,
  planned: readonly PlannedSubmission<QueueTask>[],
  { ui, env, signal }: CommandContext,
): Promise<void> {
  const client = new SlurmClient({ env });
  const all = planned.reduce((sum, { tasks }) => sum + tasks.length, 0);
  let done = 0;
  for (const array of planned) {
    ui.progress(`Submitting to Slurm: ${done} of ${all} tasks`);
    const { jobId, tasks } = await submitTasks(project, array, client, signal).finally(() => ui.progress(""));
    done += tasks.length;
    const many = tasks.length === 1 ? "1 task" : `${tasks.length} tasks`;
    ui.line(`Submitted ${many} to Slurm as job ${jobId}: ${tasks.map(({ name }) => toPrintable(name)).join(", ")}`);
  }
  ui.note("To see how they stand: waymark queue status");
}
