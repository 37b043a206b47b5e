import { type CheckedOut, relativeTo } from "@waymark/pipeline";
import type { Style, Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";

const KINDS: readonly (readonly ["modified" | "added" | "deleted", Style])[] = [
  ["modified", "yellow"],
  ["added", "green"],
  ["deleted", "red"],
];

/** Prints what a checkout changed, as DVC does: a letter, a tab, and the path seen from the current folder. */
export function printCheckedOut(ui: Ui, done: CheckedOut, folder: string): void {
  for (const [kind, style] of KINDS) {
    for (const path of done[kind]) {
      const shown = relativeTo(folder, path.replace(/\/$/u, ""));
      ui.line(
        `${ui.style(style, kind.charAt(0).toUpperCase())}\t${toPrintable(shown)}${path.endsWith("/") ? "/" : ""}`,
      );
    }
  }
}
