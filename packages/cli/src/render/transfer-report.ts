import { TrackerError } from "@waymark/core";
import { type FailedObject, type PlacedObject, relativeTo } from "@waymark/pipeline";
import { CommandError } from "../command-error.ts";
import type { Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";

/** More than this is counted, not listed. */
const SHOWN = 10;

/** Joins counts as DVC does: `3 files fetched, 2 files modified and 1 file added`; empty for nothing. */
export function summarizeCounts(counts: readonly (readonly [count: number, what: string])[]): string {
  const parts = counts.flatMap(([count, what]) =>
    count === 0 ? [] : [`${count} file${count > 1 ? "s" : ""} ${what}`],
  );
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}`;
}

/** Warns of objects that are neither here nor at the remote. */
export function warnOfMissing(ui: Ui, missing: readonly PlacedObject[], folder: string): void {
  if (missing.length === 0) return;
  const lines = listShort(missing.map((object) => describe(object, folder)));
  ui.warn(`Some data is neither in the cache nor at the remote:\n${lines}`);
}

/** Warns of revisions whose files could not be read. */
export function warnOfSkipped(ui: Ui, skipped: readonly string[]): void {
  for (const label of skipped) ui.warn(`'${toPrintable(label)}' cannot be read, or lacks the target: it is left out.`);
}

/**
 * Makes the error for objects that did not travel: each with its place and the reason, the first ones in full.
 *
 * @param what - What was to be done, for example `pushed`.
 */
export function transferError(failed: readonly FailedObject[], what: string, folder: string): CommandError {
  const lines = listShort(failed.map((object) => `${describe(object, folder)}: ${reason(object.error)}`));
  const count = `${failed.length} file${failed.length > 1 ? "s" : ""}`;
  const hint = failed.map(({ error }) => (error instanceof TrackerError ? error.hint : undefined)).find(Boolean);
  return new CommandError(
    1,
    `${count} could not be ${what}\n${lines}`,
    hint ?? "Run the same command again: it goes on with what is missing.",
  );
}

function describe({ name, path }: PlacedObject, folder: string): string {
  return path === undefined ? name : `${toPrintable(relativeTo(folder, path))} (md5 ${name})`;
}

function reason(error: unknown): string {
  if (error === undefined) return "the remote does not have it";
  return error instanceof Error ? toPrintable(error.message) : "for a reason that nobody gave";
}

function listShort(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).map((line) => `  ${line}`);
  if (lines.length > SHOWN) shown.push(`  and ${lines.length - SHOWN} more`);
  return shown.join("\n");
}
