import type { Project } from "../project.ts";
import type { OverrideSet, PlanOverridesOptions } from "./override-set.ts";

/**
 * Plans what `-S` sets: the params files of each run, one set without a sweep. Nothing is written.
 *
 * @param typed - `[FILE:]OVERRIDE` each, in the order typed.
 * @throws A `TrackerError` for what does not parse, keys that are not there, and sweeps that are not allowed.
 */
export async function planOverrides(
  _project: Project,
  typed: readonly string[],
  _options: PlanOverridesOptions,
): Promise<readonly OverrideSet[]> {
  if (typed.length === 0) return [{ files: new Map(), params: [], overrides: new Map() }];
  throw new TypeError("overrides are read in the next commit");
}
