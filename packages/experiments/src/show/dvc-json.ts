import { formatCompactPythonJson } from "@waymark/core";
import type { ExperimentState, ExperimentsView, RevisionState } from "./view.ts";

/**
 * Formats a view as DVC 3 prints `exp show --json`: the same fields with the same values, in its order, without a line
 * end. `executor` is null: nothing here was run by DVC.
 *
 * @see docs/formats.md#exp-show---json
 */
export function formatDvcJson(view: ExperimentsView): string {
  const states = view.baselines.map((baseline) => formatState(baseline, formatExperiments(baseline.experiments)));
  return `[${[...(view.workspace === undefined ? [] : [formatState(view.workspace, "null")]), ...states].join(", ")}]`;
}

function formatExperiments(experiments: readonly ExperimentState[]): string {
  if (experiments.length === 0) return "null";
  const ranges = experiments.map(({ name, checkpoints }) => {
    const revs = checkpoints.map((checkpoint) => formatState(checkpoint, "null")).join(", ");
    return `{"revs": [${revs}], "executor": null, "name": ${formatCompactPythonJson(name)}}`;
  });
  return `[${ranges.join(", ")}]`;
}

function formatState(state: RevisionState, experiments: string): string {
  const { rev, name, error } = state;
  const problem = error === null ? null : { msg: error.msg, type: error.type };
  const fields = [
    `"rev": ${formatCompactPythonJson(rev)}`,
    `"name": ${formatCompactPythonJson(name)}`,
    `"data": ${state.dataJson}`,
    `"error": ${formatCompactPythonJson(problem)}`,
    `"experiments": ${experiments}`,
  ];
  return `{${fields.join(", ")}}`;
}
