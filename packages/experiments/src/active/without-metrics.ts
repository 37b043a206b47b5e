import { formatCompactPythonJson, parsePythonJson } from "@waymark/core/formats/python-json";
import type { RevisionState } from "../show/view.ts";

/**
 * Takes the metrics out of what a commit holds: they are those of the files it began with, and not of the experiment
 * that waits. DVC does the same.
 */
export function withoutMetrics(state: RevisionState): RevisionState {
  if (state.data === null) return state;
  const data = parsePythonJson(state.dataJson, { keepNumberKinds: true });
  const dataJson = formatCompactPythonJson({ ...(data as object), metrics: {} });
  return { ...state, dataJson, data: { ...state.data, metrics: {} } };
}
