import { type Project, waitingTasks } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { planArrays, showArrays, submitArrays, type SubmitFlags } from "./submit.ts";

/** Submits the tasks that wait in the queue as a job array. */
export async function startSlurm(
  project: Project,
  options: SubmitFlags & { readonly dry?: boolean },
  context: CommandContext,
): Promise<void> {
  const tasks = waitingTasks(project);
  if (tasks.length === 0) {
    context.ui.note("No task waits in the queue.");
    return;
  }
  const planned = planArrays(project, tasks, options);
  if (options.dry === true) showArrays(planned, context);
  else await submitArrays(project, planned, context);
}
