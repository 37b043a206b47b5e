import { toPrintable } from "../render/display-text.ts";
import type { Ui } from "../ui.ts";

const SHOWN = 5;

/** Whoever has not told Git of a file finds out here, and not from a program that misses it. */
export function noteLeftOut(ui: Ui, leftOut: readonly string[], copyPaths: readonly string[]): void {
  const missing = leftOut.filter(
    (path) => !copyPaths.some((copied) => path === copied || path.startsWith(`${copied}/`)),
  );
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).map(toPrintable).join(", ");
  const rest = missing.length > SHOWN ? ` and ${missing.length - SHOWN} more` : "";
  ui.note(`Untracked files are not part of this run: ${shown}${rest}. To bring them: git add -N, or --copy-paths.`);
}
