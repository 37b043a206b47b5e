import { readRef } from "@waymark/git";
import { formatExperimentRef } from "../../experiment-ref.ts";
import { findNamedOrigin } from "../../find-origin.ts";
import { CheckpointNotFoundError, ExperimentNotFoundError } from "../../errors.ts";
import type { Project } from "../../project.ts";
import type { RunSpec } from "../../run/run-spec.ts";
import { formatCheckpointSelector } from "../../selector.ts";

/**
 * Makes the spec of a run that goes on with one that was cut short: from its newest checkpoint, if it has one, and with
 * the time that is left.
 *
 * @param ref - Of its experiment. Default: that of the spec.
 * @param usedMs - Time it has taken so far.
 */
export function continueSpec(
  { repo }: Pick<Project, "repo">,
  spec: RunSpec,
  ref: string = formatExperimentRef(spec.baseline, spec.name),
  usedMs = 0,
): RunSpec {
  const { maxTimeMs } = spec.rules;
  const rules = { ...spec.rules, maxTimeMs: maxTimeMs === null ? null : Math.max(1, maxTimeMs - usedMs) };
  if (readRef(repo, ref) === undefined) return { ...spec, rules };
  try {
    const { point, experiment } = findNamedOrigin(repo, ref);
    const step = point.trailers.step;
    if (step === undefined) return { ...spec, rules };
    const resume = { selector: formatCheckpointSelector(experiment.ref, step), commit: point.id };
    return { ...spec, rules, name: experiment.name, resume };
  } catch (error) {
    if (error instanceof CheckpointNotFoundError || error instanceof ExperimentNotFoundError) return { ...spec, rules };
    throw error;
  }
}
