import { compareCodePoints } from "@waymark/core";
import type { DataEntry, DataIndex, DataNode } from "./data-index.ts";

/** What became of a place between two indexes. */
export type DataChangeKind = "added" | "deleted" | "modified" | "renamed" | "unchanged" | "unknown";

/** One place that two indexes are compared at. */
export interface DataChange {
  readonly kind: DataChangeKind;
  readonly old: DataEntry | undefined;
  readonly new: DataEntry | undefined;
}

/** Options of {@link diffData}. */
export interface DiffDataOptions {
  /** Does not look into folders whose hash is known. Default `false`. */
  readonly isShallow?: boolean;
  /** Compares hashes alone; otherwise a place that is new or gone counts whatever is recorded of it. Default `false`. */
  readonly byHashOnly?: boolean;
}

/**
 * Compares two indexes as DVC does, folders from the root downwards. What is inside a folder whose manifest is missing
 * is `unknown`. A place that is gone and one that is new with the same hash are one that was renamed.
 *
 * @returns Every place of either index, in the order of paths.
 */
export function diffData(old: DataIndex, now: DataIndex, options: DiffDataOptions = {}): readonly DataChange[] {
  const changes: DataChange[] = [];
  visit(old.root, now.root, false, options, changes);
  return joinRenames(changes.toSorted((a, b) => compareCodePoints(pathOf(a), pathOf(b))));
}

function visit(
  old: DataNode | undefined,
  now: DataNode | undefined,
  isUnknown: boolean,
  options: DiffDataOptions,
  changes: DataChange[],
): void {
  const oldChildren = childrenOf(old, options);
  const newChildren = childrenOf(now, options);
  for (const name of new Set([...oldChildren.keys(), ...newChildren.keys()])) {
    const [before, after] = [oldChildren.get(name), newChildren.get(name)];
    const [oldEntry, newEntry] = [before?.entry, after?.entry];
    const kind = isUnknown ? "unknown" : compare(oldEntry, newEntry, options.byHashOnly === true);
    if (oldEntry !== undefined || newEntry !== undefined) changes.push({ kind, old: oldEntry, new: newEntry });
    const isBelowUnknown = isUnknown || hidesContent(before, options) || hidesContent(after, options);
    visit(before, after, isBelowUnknown, options, changes);
  }
}

function childrenOf(node: DataNode | undefined, options: DiffDataOptions): ReadonlyMap<string, DataNode> {
  if (node === undefined || (options.isShallow === true && node.entry?.hash !== undefined)) return new Map();
  return node.children;
}

function hidesContent(node: DataNode | undefined, options: DiffDataOptions): boolean {
  return node?.isUnknown === true && options.isShallow !== true;
}

function compare(old: DataEntry | undefined, now: DataEntry | undefined, byHashOnly: boolean): DataChangeKind {
  if (!byHashOnly) {
    if (old === undefined) return "added";
    if (now === undefined) return "deleted";
    if (old.isFolder !== now.isFolder) return "modified";
  }
  if (old?.hash === undefined) return now?.hash === undefined ? "unchanged" : byHashOnly ? "added" : "modified";
  if (now?.hash === undefined) return byHashOnly ? "deleted" : "modified";
  return old.hash === now.hash && old.isLegacy === now.isLegacy ? "unchanged" : "modified";
}

function joinRenames(changes: readonly DataChange[]): readonly DataChange[] {
  const gone = new Map<string, DataChange[]>();
  for (const change of changes) {
    if (change.kind !== "deleted" || change.old?.hash === undefined) continue;
    const key = identityOf(change.old);
    gone.set(key, [...(gone.get(key) ?? []), change]);
  }
  const paired = new Map<DataChange, DataChange>();
  const taken = new Set<DataChange>();
  for (const change of changes) {
    if (change.kind !== "added" || change.new?.hash === undefined) continue;
    const source = gone.get(identityOf(change.new))?.shift();
    if (source === undefined) continue;
    paired.set(change, { kind: "renamed", old: source.old, new: change.new });
    taken.add(source);
  }
  return changes.filter((change) => !taken.has(change)).map((change) => paired.get(change) ?? change);
}

function identityOf(entry: DataEntry): string {
  return `${entry.hash ?? ""} ${entry.isLegacy}`;
}

function pathOf(change: DataChange): string {
  return (change.old ?? change.new)?.path ?? "";
}
