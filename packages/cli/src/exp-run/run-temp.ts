import { makeRunStart, planRun, type Project, runElsewhere } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { noteWait } from "../note-wait.ts";
import { toPrintable } from "../render/display-text.ts";
import { reportRun } from "./report-run.ts";
import type { RunHere } from "./run-here.ts";
import type { Ui } from "../ui.ts";
import { showRun } from "./show-run.ts";

const SHOWN = 5;

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
  noteLeftOut(ui, start.leftOut, spec.copyPaths);
  const options = { kind: "temp", signal, isReset: request.isReset ?? false } as const;
  const result = await runElsewhere(project, spec, start, options, effects);
  reportRun(ui, result, { spec, isInWorkspace: false });
}

/** Whoever has not told Git of a file finds out here, and not from a program that misses it. */
function noteLeftOut(ui: Ui, leftOut: readonly string[], copyPaths: readonly string[]): void {
  const missing = leftOut.filter(
    (path) => !copyPaths.some((copied) => path === copied || path.startsWith(`${copied}/`)),
  );
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).map(toPrintable).join(", ");
  const rest = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
  ui.note(`Untracked files are not part of this run: ${shown}${rest}. To bring them: git add -N, or --copy-paths.`);
}
