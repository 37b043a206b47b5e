import type { RevisionPlots } from "@waymark/core/plot-data";
import type { Figure } from "@waymark/plots";
import { toPrintable } from "../render/display-text.ts";
import type { Ui } from "../ui.ts";

/** Warns of everything that could not be read or drawn, each once, with the revision it is about. */
export function warnOfProblems(ui: Ui, revisions: readonly RevisionPlots[], figures: readonly Figure[]): void {
  const lines = new Set<string>();
  for (const { revision, problem } of revisions) {
    if (problem !== undefined) lines.add(`The plots of '${revision}' could not be read: ${problem.msg}`);
  }
  for (const figure of figures) {
    for (const { revision, msg } of figure.problems) lines.add(`'${figure.id}' in '${revision}': ${msg}`);
  }
  for (const line of lines) ui.warn(toPrintable(line));
}
