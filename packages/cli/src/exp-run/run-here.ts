import { planRun, type Project, type RunRequest, runInWorkspace } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";
import { reportRun } from "./report-run.ts";
import { showRun } from "./show-run.ts";

/** A run in the workspace. */
export interface RunHere {
  readonly request: RunRequest;
  /** Files to replace before it, by path in the repository. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly isAsking: boolean;
}

/** Runs an experiment in the workspace, and says how it went. */
export async function runHere(
  project: Project,
  { request, files, isAsking }: RunHere,
  context: CommandContext,
): Promise<void> {
  const { ui, signal } = context;
  const { spec, notes } = await planRun(project, { ...request, continuesUnfinished: true });
  for (const note of notes) ui.note(toPrintable(note));
  const result = await runInWorkspace(project, spec, files, { signal }, showRun(ui, isAsking));
  reportRun(ui, result, { spec, isInWorkspace: true });
}
