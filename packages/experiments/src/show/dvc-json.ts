import { formatCompactPythonJson } from "@waymark/core";
import type { ExperimentsView, RevisionState } from "./view.ts";

/**
 * Formats a view as DVC 3 prints `exp show --json`: the same fields with the same values, in its order.
 *
 * Only the newest commit of an experiment has a name. `executor` is null: nothing here was run by DVC.
 *
 * @see docs/formats.md#exp-show---json
 */
export function formatDvcJson(view: ExperimentsView): string {
  const states = [];
  if (view.workspace !== undefined) states.push(toState(view.workspace, null));
  for (const baseline of view.baselines) {
    const experiments = baseline.experiments.map((experiment) => ({
      revs: experiment.checkpoints.map((checkpoint) => toState(checkpoint, null)),
      executor: null,
      name: experiment.name,
    }));
    states.push(toState(baseline, experiments.length === 0 ? null : experiments));
  }
  return formatCompactPythonJson(states);
}

function toState(state: RevisionState, experiments: unknown): object {
  return { rev: state.rev, name: state.name, data: state.data, error: state.error, experiments };
}
