import { describeGitAdd, type DvcProject, type FinishedEdit } from "@waymark/pipeline";
import { toPrintable } from "./render/display-text.ts";
import type { Ui } from "./ui.ts";

/** Says what to type so that Git keeps what a command changed, unless it is staged already. */
export function noteGitAdd(ui: Ui, project: DvcProject, edit: FinishedEdit): void {
  const line = describeGitAdd(project, edit);
  if (line !== undefined) ui.note(`To track the changes with Git:\n  ${toPrintable(line)}`);
}
