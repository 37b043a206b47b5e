import { listTasks, type Project, type QueueTask } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { noteDvcQueue } from "../queue/note-dvc-queue.ts";
import { printLog } from "../queue/print-log.ts";
import { showQueueNews } from "../queue/show-queue-news.ts";
import type { SlotOptions } from "../queue/slot-options.ts";
import { startWorkers } from "../queue/start-workers.ts";
import { toPrintable } from "../render/display-text.ts";

/** How queued runs are run. */
export interface RunAllOptions extends SlotOptions {
  /** Tasks at a time. */
  readonly jobs: number;
}

/**
 * Starts workers for everything that is queued, and follows the tasks one after the other. Ctrl-C ends the following
 * only: workers go on.
 *
 * @returns The exit code.
 */
export async function runAll(
  project: Project,
  options: RunAllOptions,
  context: CommandContext,
): Promise<number | undefined> {
  const { ui, signal } = context;
  await showQueueNews(project, context);
  const tasks = listTasks(project, ["active", "waiting"]);
  if (tasks.length === 0) ui.note("Nothing is queued.");
  noteDvcQueue(ui, project);
  if (tasks.length === 0) return undefined;
  startWorkers(project, options, context);
  let failed = 0;
  for (const [at, task] of tasks.entries()) {
    const name = toPrintable(task.spec.name);
    ui.note(`[${at + 1}/${tasks.length}] ${name}:`);
    await printLog(project, task, true, context);
    if (signal.aborted) {
      ui.note("The workers go on. To watch them: waymark queue status");
      return undefined;
    }
    const end = listTasks(project, ["done"]).find(({ id }) => id === task.id);
    if (end?.result?.state !== "finished" && end?.result?.state !== "stopped") failed += 1;
    ui.note(`[${at + 1}/${tasks.length}] ${name}: ${describeEnd(end)}`);
  }
  ui.note(`${tasks.length - failed} of ${tasks.length} tasks succeeded.`);
  return undefined;
}

function describeEnd(task: QueueTask | undefined): string {
  if (task?.result == null) return "removed";
  const { state, reason } = task.result;
  return reason === null ? state : `${state}, ${toPrintable(reason)}`;
}
