/**
 * Ten colours for runs, the same on light and dark pages: at least 3:1 against `#fff` and `#14171c`, and as far apart as
 * ten such colours can be for normal sight, deuteranopia and protanopia (largest minimum distance in OKLab).
 */
export const RUN_COLORS: readonly string[] = [
  "#058dfa",
  "#b78a16",
  "#ab4963",
  "#9a8bab",
  "#7053b5",
  "#aa5f04",
  "#245df1",
  "#437691",
  "#6fa06e",
  "#a468c7",
];

/** Stroke dashes that tell the splits of one quantity apart; the first is a plain line. */
export const SPLIT_DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4]];

/** FNV-1a over UTF-16 code units, 32 bits: the same everywhere and in every session. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** The slot of {@link RUN_COLORS} that a run takes when it is free. */
export function preferredSlot(runId: string): number {
  // The low bits of FNV-1a alone fall unevenly for ids that differ in one trailing character.
  const hash = hashText(runId);
  return ((hash ^ (hash >>> 15)) >>> 0) % RUN_COLORS.length;
}

/**
 * Gives each run a colour slot and never takes one back: runs in `assigned` keep theirs, a new run takes the slot its id
 * prefers, else the next free one, else the one least used.
 *
 * @param runIds - Runs to colour, in order of precedence.
 * @param assigned - Slots decided before, by run id; slots of runs that are not in `runIds` count as free.
 * @returns Slots by run id, for `runIds` only.
 */
export function assignColors(
  runIds: readonly string[],
  assigned: ReadonlyMap<string, number> = new Map(),
): Map<string, number> {
  const uses = RUN_COLORS.map(() => 0);
  const slots = new Map<string, number>();
  const take = (id: string, slot: number): void => {
    slots.set(id, slot);
    uses[slot] = (uses[slot] ?? 0) + 1;
  };
  for (const id of runIds) {
    const slot = assigned.get(id);
    if (slot !== undefined && slot in RUN_COLORS) take(id, slot);
  }
  for (const id of runIds) {
    if (slots.has(id)) continue;
    const preferred = preferredSlot(id);
    let best = preferred;
    for (let i = 1; i < RUN_COLORS.length; i++) {
      const slot = (preferred + i) % RUN_COLORS.length;
      if ((uses[slot] ?? 0) < (uses[best] ?? 0)) best = slot;
    }
    take(id, best);
  }
  return slots;
}

/** The colour of a slot; any integer is a slot. */
export function slotColor(slot: number): string {
  return RUN_COLORS[((slot % RUN_COLORS.length) + RUN_COLORS.length) % RUN_COLORS.length] ?? "#058dfa";
}
