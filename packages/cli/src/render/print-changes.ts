import { formatCompactPythonJson } from "@waymark/core";
import { relativeTo, type ValuesDiff } from "@waymark/pipeline";
import type { Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";
import { type ChangesTableOptions, formatChangesTable } from "./value-changes.ts";

/** How {@link printChanges} prints. */
export interface PrintChangesOptions {
  /** What is compared, for the warning. */
  readonly kind: "params" | "metrics";
  /** The current folder relative to the project: paths are shown from there. */
  readonly folder: string;
  readonly isJson: boolean;
  readonly table: ChangesTableOptions;
}

/** Prints two revisions compared, as JSON or as a table, and warns of those that could not be read in full. */
export function printChanges(ui: Ui, diff: ValuesDiff, options: PrintChangesOptions): void {
  warnOfFailed(ui, options.kind, diff.failed);
  const changes = new Map([...diff.changes].map(([path, inFile]) => [relativeTo(options.folder, path), inFile]));
  if (options.isJson) ui.line(formatCompactPythonJson(changes));
  else ui.write(formatChangesTable(changes, options.table));
}

/** Warns that something of these revisions could not be read; what could is shown all the same. */
export function warnOfFailed(ui: Ui, kind: string, failed: readonly string[]): void {
  if (failed.length === 0) return;
  const named = failed.map((label) => `'${toPrintable(label === "" ? "workspace" : label)}'`).join(", ");
  ui.warn(`Some ${kind} of these revisions could not be read: ${named}.`);
}
