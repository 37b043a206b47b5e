import type { PlotRow } from "../plot-rows.ts";

/** How deep lists are looked for. */
const MAX_DEPTH = 100;

/**
 * Returns the rows in the content of a data file: every list of objects that share their keys, wherever it stands;
 * several are merged row by row.
 */
export function findRows(content: unknown): PlotRow[] {
  const merged: Record<string, unknown>[] = [];
  for (const list of listsOf(content)) {
    if (!isTable(list)) continue;
    list.forEach((row, index) => {
      merged[index] = Object.assign(merged[index] ?? (Object.create(null) as Record<string, unknown>), row);
    });
  }
  return merged;
}

/** Returns the field that is drawn when none is named: the last of the first row of the first list of objects. */
export function findLastField(content: unknown): string | undefined {
  for (const list of listsOf(content)) {
    const [first] = list;
    if (list.every(isRow) && isRow(first)) return Object.keys(first).at(-1);
  }
  return undefined;
}

function listsOf(content: unknown, depth = 0): readonly (readonly unknown[])[] {
  if (Array.isArray(content)) return [content];
  if (!isRow(content) || depth > MAX_DEPTH) return [];
  return Object.values(content).flatMap((value) => listsOf(value, depth + 1));
}

/** A row may lack keys that the first one has, but not add any. */
function isTable(list: readonly unknown[]): list is readonly PlotRow[] {
  const [first] = list;
  if (!isRow(first)) return false;
  return list.every((row) => isRow(row) && Object.keys(row).every((key) => Object.hasOwn(first, key)));
}

function isRow(value: unknown): value is PlotRow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
