import { parseDataFile } from "../values/data-file.ts";
import { keepMetrics } from "../values/metric-values.ts";
import { selectParams } from "../values/select-params.ts";
import type { Project, StageDependency, StageOutput } from "./project.ts";
import { mergeSelections, type SelectedParams } from "./revision.ts";

const DEFAULT_PARAMS = "params.yaml";

/**
 * What to read of every revision that has the same project files: the part of its content that these alone decide, and
 * the files with the rest. Thousands of experiments of one pipeline share one recipe.
 */
export interface RevisionRecipe {
  /** Params files and the keys to take of them, none for all, in the order of listings. */
  params(hasDefaultFile: boolean): ReadonlyMap<string, readonly string[]>;
  readonly metrics: readonly string[];
  readonly deps: readonly StageDependency[];
  readonly outs: readonly StageOutput[];
}

/** Makes the recipe of a project; `undefined` when other files decide as well what it defines. */
export function makeRecipe(project: Project): RevisionRecipe | undefined {
  if (project.hasVars) return undefined;
  const outs = project.stages.flatMap((stage) => stage.outs);
  const named: readonly SelectedParams[] = [
    ...project.stages.flatMap((stage) => stage.params),
    ...project.params.map((path) => ({ path, keys: [] })),
  ];
  const withDefault = mergeSelections([...named, { path: DEFAULT_PARAMS, keys: [] }]);
  const without = mergeSelections(named);
  return {
    params: (hasDefaultFile) => (hasDefaultFile ? withDefault : without),
    metrics: [...new Set([...outs.filter((out) => out.role === "metric").map((out) => out.path), ...project.metrics])],
    deps: project.stages.flatMap((stage) => stage.deps.filter((dep) => dep.kind === "path")),
    outs: outs.filter((out) => out.role === "out"),
  };
}

/**
 * Parses a params file as revisions show it.
 *
 * @param keys - What to take of it; none for all.
 * @throws A `TrackerError` with the place of what is wrong.
 */
export function parseParamsFile(path: string, data: Uint8Array, keys: readonly string[]): unknown {
  const values = parseDataFile(path, data);
  return keys.length === 0 ? values : selectParams(values, keys);
}

/**
 * Parses a metrics file as revisions show it.
 *
 * @throws A `TrackerError` with the place of what is wrong.
 */
export function parseMetricsFile(path: string, data: Uint8Array): unknown {
  return keepMetrics(parseDataFile(path, data));
}
