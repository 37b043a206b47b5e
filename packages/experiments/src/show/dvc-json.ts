import { formatCompactPythonJson } from "@waymark/core/formats/python-json";
import type { ActiveExperiment } from "../active/active-state.ts";
import type { ExecutorState } from "../active/executor-state.ts";
import { type Labels, NO_LABELS } from "../labels/labels.ts";
import type { BaselineState, ExperimentState, ExperimentsView, RevisionState } from "./view.ts";

/** Options of {@link formatDvcJson}. */
export interface DvcJsonOptions {
  /** Adds to each experiment what DVC does not know: `"labels": {"tags": […], "note": …}`. Default false. */
  readonly withLabels?: boolean;
}

/**
 * Formats a view as DVC 3 prints `exp show --json`: the same fields with the same values, in its order, without a line
 * end. Experiments that are there and were not run by a queue have no `executor`.
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
    yield formatWorkspaceJson(view.workspace);
    separator = ", ";
  }
  for (const baseline of view.baselines) {
    yield `${separator}${formatState(baseline)}`;
    yield* formatRanges(baseline, options);
    yield "}";
    separator = ", ";
  }
  yield "]";
}

/** Formats the workspace as it stands first in a listing. */
export function formatWorkspaceJson(workspace: RevisionState): string {
  return `${formatState(workspace)}null}`;
}

/** In DVC's order: what runs, what is there, what waits, what has failed. */
function* formatRanges({ experiments, active }: BaselineState, options: DvcJsonOptions): Generator<string> {
  if (experiments.length === 0 && active.length === 0) {
    yield "null";
    return;
  }
  let separator = "[";
  const running = active.filter(({ status }) => status === "running");
  const others = active.filter(({ status }) => status !== "running");
  for (const experiment of running) {
    yield* formatActive(experiment, separator, options);
    separator = ", ";
  }
  for (const experiment of experiments) {
    yield formatExperiment(experiment, separator, options);
    separator = ", ";
  }
  for (const experiment of others) {
    yield* formatActive(experiment, separator, options);
    separator = ", ";
  }
  yield "]";
}

function formatExperiment(
  { name, checkpoints, executor, labels }: ExperimentState,
  separator: string,
  options: DvcJsonOptions,
): string {
  let revs = "";
  for (const checkpoint of checkpoints) revs += `${revs === "" ? "" : ", "}${formatState(checkpoint)}null}`;
  const rest = `"executor": ${formatExecutor(executor)}, "name": ${formatText(name)}${formatLabels(labels, options)}`;
  return `${separator}{"revs": [${revs}], ${rest}}`;
}

function* formatActive(
  { name, states, executor }: ActiveExperiment,
  separator: string,
  options: DvcJsonOptions,
): Generator<string> {
  const revs = states.map((state) => `${formatState(state)}null}`).join(", ");
  const labels = formatLabels(NO_LABELS, options);
  yield `${separator}{"revs": [${revs}], "executor": ${formatExecutor(executor)}, "name": ${formatText(name)}${labels}}`;
}

function formatLabels({ tags, note }: Labels, { withLabels = false }: DvcJsonOptions): string {
  return withLabels ? `, "labels": ${formatCompactPythonJson({ tags, note: note ?? null })}` : "";
}

function formatExecutor(executor: ExecutorState | null): string {
  if (executor === null) return "null";
  const { state, name, local } = executor;
  if (local === null) return formatCompactPythonJson({ state, name, local });
  const { root, log, pid, returncode, taskId } = local;
  return formatCompactPythonJson({ state, name, local: { root, log, pid, returncode, task_id: taskId } });
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
