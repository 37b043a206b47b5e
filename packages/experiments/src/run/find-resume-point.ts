import { CheckpointNotFoundError, ExperimentNotFoundError } from "../errors.ts";
import { findNamedOrigin, listSteps, type Origin } from "../find-origin.ts";
import type { Project } from "../project.ts";
import { findContaining, resolveTarget } from "../resolve-target.ts";
import { formatCheckpointSelector } from "../selector.ts";

/**
 * Finds the checkpoint that a run is to go on from.
 *
 * @param selector - `NAME`, `NAME@STEP`, or the id of one of its commits, as DVC 2 took it.
 * @throws {@link ExperimentNotFoundError}; {@link CheckpointNotFoundError} with the steps there are.
 */
export function findResumePoint(project: Project, selector: string): Origin {
  const target = resolveTarget(project.repo, selector);
  if (target.experiment !== undefined) return findNamedOrigin(project.repo, selector);
  const experiment = findContaining(project.repo, target);
  if (experiment === undefined) throw new ExperimentNotFoundError(selector);
  const newest = findNamedOrigin(project.repo, experiment.ref);
  const point = newest.chain.find(({ id }) => id === target.commit);
  const step = point?.trailers.step;
  if (step === undefined) throw new CheckpointNotFoundError(experiment.name, undefined, listSteps(newest.chain));
  return findNamedOrigin(project.repo, formatCheckpointSelector(experiment.ref, step));
}
