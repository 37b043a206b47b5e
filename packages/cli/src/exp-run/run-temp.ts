import { makeRunStart, planRun, type Project, runElsewhere } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { noteWait } from "../note-wait.ts";
import { noteLeftOut } from "./note-left-out.ts";
import { toPrintable } from "../render/display-text.ts";
import { reportRun } from "./report-run.ts";
import type { RunHere } from "./run-here.ts";
import { showRun } from "./show-run.ts";

/** Runs an experiment in a work tree of its own, and says how it went; the workspace stays as it is. */
export async function runTemp(
  project: Project,
  { request, files, isAsking }: RunHere,
  context: CommandContext,
): Promise<void> {
  const { ui, signal } = context;
  const effects = showRun(ui, isAsking);
  const { spec, notes } = await planRun(project, request);
  for (const note of notes) ui.note(toPrintable(note));
  const { onProgress } = effects;
  const start = await makeRunStart(project, spec, files, { signal, onProgress, ...noteWait(ui) });
  try {
    noteLeftOut(ui, start.leftOut, spec.copyPaths);
    const result = await runElsewhere(project, spec, start, { kind: "temp", signal }, effects);
    reportRun(ui, result, { spec, isInWorkspace: false });
  } finally {
    start.release();
  }
}
