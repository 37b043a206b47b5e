import { type Project, type QueueTask, requireOwnQueue, waitingTasks } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { HANDFUL } from "../exp-run/describe-sweep.ts";
import { toPrintable } from "../render/display-text.ts";
import { planArrays, showArrays, submitArrays, type SubmitFlags } from "./submit.ts";

/** Submits the tasks that wait in the queue as a job array. */
export async function startSlurm(
  project: Project,
  options: SubmitFlags & { readonly dry?: boolean },
  context: CommandContext,
): Promise<void> {
  requireOwnQueue(project);
  const tasks = waitingTasks(project);
  if (tasks.length === 0) {
    context.ui.note("No task waits in the queue.");
    return;
  }
  const planned = planArrays(project, tasks, options);
  const isDry = options.dry === true;
  if (isDry || tasks.length > HANDFUL)
    context.ui.note(`${isDry ? "Would submit" : "Submitting"} ${describe(tasks, options)}.`);
  if (isDry) showArrays(planned, context);
  else await submitArrays(project, planned, context);
}

/** How many, which, and how many of them at a time. */
function describe(tasks: readonly QueueTask[], { jobs }: SubmitFlags): string {
  const shown = tasks.slice(0, HANDFUL).map(({ spec }) => toPrintable(spec.name));
  const names = `${shown.join(", ")}${tasks.length > shown.length ? ", …" : ""}`;
  const atOnce = jobs === undefined || jobs >= tasks.length ? "" : `, at most ${jobs} at a time`;
  return `${tasks.length === 1 ? "1 task" : `${tasks.length} tasks`} to Slurm${atOnce}: ${names}`;
}
