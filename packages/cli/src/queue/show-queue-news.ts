import { type Project, refreshQueue } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";

/** Brings a shared queue up to date, for a command that shows it; what keeps the remote away is a warning. */
export async function showQueueNews(
  project: Project,
  { ui, signal }: Pick<CommandContext, "ui" | "signal">,
): Promise<void> {
  const trouble = await refreshQueue(project, signal);
  if (trouble !== undefined) ui.warn(toPrintable(trouble));
}
