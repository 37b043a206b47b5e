import { changeQueue, hasDvcQueue, listTasks, type Project, removeTasks } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";

/**
 * Takes all tasks that wait out of the queue. Those that DVC has queued stay: workers of it may be about to take one.
 *
 * @returns Their names.
 */
export async function removeWaiting(
  project: Project,
  isDry: boolean,
  { ui, signal }: Pick<CommandContext, "ui" | "signal">,
): Promise<readonly { readonly name: string }[]> {
  const tasks = await changeQueue(
    project,
    () => {
      const waiting = listTasks(project, ["waiting"]);
      if (!isDry) removeTasks(project, waiting);
      return waiting;
    },
    signal,
  );
  if (hasDvcQueue(project.repo)) ui.note("What DVC has queued stays. To remove it: dvc exp remove --queue");
  return tasks.map(({ spec }) => ({ name: spec.name }));
}
