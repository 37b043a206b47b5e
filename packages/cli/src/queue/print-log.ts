import { followLog, type Project, type QueueTask } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";

/** Prints what a task has printed. @returns Whether it has printed anything. */
export async function printLog(
  project: Project,
  task: QueueTask,
  isFollowing: boolean,
  { ui, signal }: Pick<CommandContext, "ui" | "signal">,
): Promise<boolean> {
  let isEmpty = true;
  for await (const chunk of followLog(project, task, { isFollowing, signal: isFollowing ? signal : undefined })) {
    isEmpty = false;
    ui.write(Buffer.from(chunk));
  }
  return !isEmpty;
}
