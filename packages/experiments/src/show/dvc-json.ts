import { formatCompactPythonJson } from "@waymark/core/formats/python-json";
import type { ExperimentState, ExperimentsView, RevisionState } from "./view.ts";

/** Options of {@link formatDvcJson}. */
export interface DvcJsonOptions {
  /** Adds to each experiment what DVC does not know: `"labels": {"tags": […], "note": …}`. Default false. */
  readonly withLabels?: boolean;
}

/**
 * Formats a view as DVC 3 prints `exp show --json`: the same fields with the same values, in its order, without a line
 * end. `executor` is null: nothing here was run by DVC.
 *
 * @see docs/formats.md#exp-show---json
 */
export function formatDvcJson(view: ExperimentsView, options: DvcJsonOptions = {}): string {
  return [...formatDvcJsonParts(view, options)].join("");
}

/** As {@link formatDvcJson}, in parts of one experiment or so: all of it at once may be more than a text can hold. */
export function* formatDvcJsonParts(view: ExperimentsView, options: DvcJsonOptions = {}): Generator<string> {
  yield "[";
  let separator = "";
  if (view.workspace !== undefined) {
    yield `${formatState(view.workspace)}null}`;
    separator = ", ";
  }
  for (const baseline of view.baselines) {
    yield `${separator}${formatState(baseline)}`;
    yield* formatExperiments(baseline.experiments, options);
    yield "}";
    separator = ", ";
  }
  yield "]";
}

function* formatExperiments(experiments: readonly ExperimentState[], options: DvcJsonOptions): Generator<string> {
  if (experiments.length === 0) {
    yield "null";
    return;
  }
  for (const [index, { name, checkpoints, labels }] of experiments.entries()) {
    yield `${index === 0 ? "[" : ", "}{"revs": [`;
    for (const [at, checkpoint] of checkpoints.entries()) {
      yield `${at === 0 ? "" : ", "}${formatState(checkpoint)}null}`;
    }
    const { tags, note = null } = labels;
    const ours = options.withLabels === true ? `, "labels": ${formatCompactPythonJson({ tags, note })}` : "";
    yield `], "executor": null, "name": ${formatText(name)}${ours}}`;
  }
  yield "]";
}

/** Formats a state up to its experiments. */
function formatState({ rev, name, error, dataJson }: RevisionState): string {
  const problem = error === null ? "null" : formatCompactPythonJson({ msg: error.msg, type: error.type });
  return `{"rev": "${rev}", "name": ${formatText(name)}, "data": ${dataJson}, "error": ${problem}, "experiments": `;
}

/** Most names are plain, and there may be tens of thousands of them. */
function formatText(text: string | null): string {
  if (text === null) return "null";
  return /^[\w.@/ -]*$/u.test(text) ? `"${text}"` : formatCompactPythonJson(text);
}
