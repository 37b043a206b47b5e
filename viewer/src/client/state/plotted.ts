import { assignColors, slotColor } from "@waymark/plots";
import { computed, effect, signal } from "@preact/signals";
import { findRun, goneIds, isActive, runIds, welcome } from "./catalog.ts";
import { readStored, writeStored } from "./storage.ts";
import { updateView, view, withEntry, withItem } from "./view.ts";

/** So many ended runs are plotted without being asked for. */
const DEFAULT_ENDED = 5;

const activeIds = computed(() => {
  const ids = runIds.value;
  return ids.filter((id) => {
    const run = findRun(id)?.value;
    return run !== undefined && isActive(run);
  });
});

/** Compared by content: signals of equal content must not wake those who follow. */
const activeKey = computed(() => activeIds.value.join("\n"));
const choiceKey = computed(() => {
  const { shown, hidden, pinned } = view.value;
  return JSON.stringify([shown, hidden, pinned]);
});

/** Runs that are drawn, in rail order: what runs now, the newest that ended, what is pinned, and what was chosen. */
export const plottedIds = computed<readonly string[]>(() => {
  void activeKey.value;
  void choiceKey.value;
  const gone = goneIds.value;
  const ids = runIds.value.filter((id) => !gone.has(id));
  const { shown, hidden, pinned } = view.peek();
  const active = new Set(activeIds.peek());
  const chosen = new Set([...shown, ...pinned]);
  let ended = 0;
  return ids.filter((id) => {
    const isDefault = active.has(id) || ended++ < DEFAULT_ENDED;
    return (isDefault || chosen.has(id)) && !hidden.includes(id);
  });
});

/** The same, for membership. */
export const plottedSet = computed(() => new Set(plottedIds.value));

const storedColors = signal<ReadonlyMap<string, number>>(new Map());

/** Colour slots of all runs: chosen by hand, remembered, or by the hash of the run's id. */
const slots = computed(() => {
  const byHand = JSON.parse(colorKey.value) as [string, number][];
  const assigned = new Map([...storedColors.peek(), ...byHand]);
  // Plotted runs choose first, so that those seen together differ.
  return assignColors(
    [...plottedIds.value, ...runIds.value.filter((id) => !plottedSet.value.has(id)).slice(0, 500)],
    assigned,
  );
});
const colorKey = computed(() => JSON.stringify([...view.value.colors]));

/** Remembers colours once decided, by project, so that restarts and filters never change them. */
export function rememberColors(): void {
  let key = "";
  effect(() => {
    const root = welcome.value?.project.root;
    if (root === undefined) return;
    key = `waymark.colors:${root}`;
    storedColors.value = new Map(readStored<[string, number][]>(key, []));
  });
  effect(() => {
    const decided = slots.value;
    if (key === "") return;
    const kept = [...storedColors.peek()].filter(([id]) => !decided.has(id)).slice(-500);
    const plotted = [...decided].filter(([id]) => plottedSet.value.has(id) || storedColors.peek().has(id));
    const next = new Map([...kept, ...plotted]);
    storedColors.value = next;
    writeStored(key, [...next]);
  });
}

export function colorSlot(runId: string): number {
  return slots.value.get(runId) ?? 0;
}

/** The colour of a run, the same in every place. */
export function runColor(runId: string): string {
  return slotColor(colorSlot(runId));
}

export function chooseColor(runId: string, slot: number): void {
  updateView({ colors: withEntry(view.peek().colors, runId, slot) });
}

/** Shows or hides runs. */
export function plotRuns(ids: readonly string[], isShown: boolean): void {
  let { shown, hidden } = view.peek();
  for (const id of ids) {
    shown = withItem(shown, id, isShown && !plottedSet.peek().has(id));
    hidden = withItem(hidden, id, !isShown);
  }
  updateView({ shown, hidden });
}

export function togglePlotted(id: string): void {
  plotRuns([id], !plottedSet.peek().has(id));
}

export function togglePinned(id: string): void {
  const { pinned, hidden } = view.peek();
  const isPinned = !pinned.includes(id);
  updateView({ pinned: withItem(pinned, id, isPinned), hidden: isPinned ? withItem(hidden, id, false) : hidden });
}
