import type { ExperimentsView, FileValues, RevisionData, RevisionState } from "@waymark/experiments";
import { flattenValues } from "@waymark/experiments/showing";

/** A column of values in a listing of experiments. */
export interface ValueColumn {
  /** Dotted name; with `path:` before it when several files, or a fixed column, have the same. */
  readonly header: string;
  readonly kind: "metrics" | "params" | "deps";
  /** Path of the file, or of the dependency. */
  readonly path: string;
  /** More files with the same values, which are asked when the first has none. */
  readonly otherPaths?: readonly string[];
  /** Dotted name inside the file; empty for a dependency. */
  readonly name: string;
}

/** A value of a row: `undefined` is missing, `failed` says that its file could not be read. */
export type Cell = { readonly value: unknown } | "failed" | undefined;

/** Every state of a view: workspace, baselines, and all commits of all experiments, also of those that are not there yet. */
export function listStates(view: ExperimentsView): RevisionState[] {
  const states: RevisionState[] = view.workspace === undefined ? [] : [view.workspace];
  for (const baseline of view.baselines) {
    states.push(baseline, ...baseline.experiments.flatMap((experiment) => experiment.checkpoints));
    states.push(...baseline.active.flatMap((experiment) => experiment.states));
  }
  return states;
}

/**
 * Finds the columns of a view: metrics, then params, in the order in which they are first met, then dependencies by
 * name.
 *
 * @param fixed - Headers that are taken.
 */
export function collectColumns(view: ExperimentsView, fixed: readonly string[]): ValueColumn[] {
  const names = { metrics: new Map<string, Set<string>>(), params: new Map<string, Set<string>>() };
  const deps = new Set<string>();
  for (const { data } of listStates(view)) {
    if (data === null) continue;
    addNames(names.metrics, data.metrics);
    addNames(names.params, data.params);
    for (const path of Object.keys(data.deps)) deps.add(path);
  }
  const counts = new Map<string, number>(fixed.map((header) => [header, 1]));
  const inFiles: ValueColumn[] = [];
  for (const kind of ["metrics", "params"] as const) {
    for (const [path, keys] of names[kind]) {
      for (const name of keys) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        inFiles.push({ header: name, kind, path, name });
      }
    }
  }
  return [
    ...inFiles.map((column) =>
      counts.get(column.name) === 1 ? column : { ...column, header: `${column.path}:${column.name}` },
    ),
    ...[...deps].sort().map((path): ValueColumn => ({ header: path, kind: "deps", path, name: "" })),
  ];
}

/** Reads the value of a column in one state. */
export function readCell(data: RevisionData | null, column: ValueColumn): Cell {
  if (data === null) return undefined;
  if (column.kind === "deps") {
    const hash = data.deps[column.path]?.hash;
    return hash == null ? undefined : { value: hash };
  }
  let missing: Cell;
  for (const path of [column.path, ...(column.otherPaths ?? [])]) {
    const file = data[column.kind][path];
    if (file === undefined) continue;
    if ("error" in file) {
      missing = "failed";
      continue;
    }
    const value = flattenValues(file.data).get(column.name);
    if (value !== undefined) return { value };
  }
  return missing;
}

function addNames(names: Map<string, Set<string>>, files: FileValues): void {
  for (const [path, file] of Object.entries(files)) {
    if ("error" in file) continue;
    const keys = names.get(path) ?? new Set<string>();
    names.set(path, keys);
    for (const key of flattenValues(file.data).keys()) keys.add(key);
  }
}
