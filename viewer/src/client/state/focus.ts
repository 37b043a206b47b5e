import { computed, signal } from "@preact/signals";
import { findRun, isActive } from "./catalog.ts";
import { highlightedRun } from "./hover.ts";
import { plottedIds, plottedSet } from "./plotted.ts";
import { stable } from "./stable.ts";
import { detailsRun } from "./view.ts";

/** The run that keys move to in the rail; null before any did. */
export const cursorRun = signal<string | null>(null);

/** The run that the header speaks of: the one whose details are open, else what runs now, else the newest. */
export const mainRunId = stable<string | null>(() => {
  const details = detailsRun.value;
  if (details !== null && plottedSet.value.has(details)) return details;
  const ids = plottedIds.value;
  return ids.find((id) => isRunning(id)) ?? ids[0] ?? null;
});

/** The run whose values charts show in their headings: the one pointed at, else the main one. */
export const focusRunId = computed(() => {
  const pointed = highlightedRun.value;
  return pointed !== null && plottedSet.value.has(pointed) ? pointed : mainRunId.value;
});

function isRunning(id: string): boolean {
  const run = findRun(id)?.value;
  return run !== undefined && isActive(run);
}
