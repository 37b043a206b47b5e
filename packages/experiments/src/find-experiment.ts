import { suggestWords } from "@waymark/core/suggest";
import { AmbiguousExperimentError, ExperimentNotFoundError, ExperimentsNotFoundError } from "./errors.ts";
import { EXPERIMENT_NAMESPACE, type ExperimentRef } from "./experiment-ref.ts";

/** Names to propose for one that is unknown, nearest first. */
export function similarExperiments(name: string, experiments: readonly ExperimentRef[]): string[] {
  return suggestWords(name, [...new Set(experiments.map((experiment) => experiment.name))]);
}

/**
 * Finds an experiment by its name or full ref, as DVC does: of several with one name, the one that started from the
 * current commit wins.
 *
 * @param head - The current commit.
 * @returns `undefined` when there is none.
 * @throws {@link AmbiguousExperimentError} when several have the name and none of them started from `head`.
 */
export function findExperiment(
  name: string,
  experiments: readonly ExperimentRef[],
  head: string | undefined,
): ExperimentRef | undefined {
  const isRef = name.startsWith(EXPERIMENT_NAMESPACE);
  const found = experiments.filter((experiment) => (isRef ? experiment.ref === name : experiment.name === name));
  if (found.length <= 1) return found[0];
  const current = found.find((experiment) => experiment.baseline === head);
  if (current === undefined) {
    throw new AmbiguousExperimentError(
      name,
      found.map((experiment) => experiment.ref),
    );
  }
  return current;
}

/**
 * As {@link findExperiment}, for a command that cannot do without.
 *
 * @throws {@link ExperimentNotFoundError} with the names that come near.
 */
export function requireExperiment(
  name: string,
  experiments: readonly ExperimentRef[],
  head: string | undefined,
): ExperimentRef {
  const experiment = findExperiment(name, experiments, head);
  if (experiment === undefined) throw new ExperimentNotFoundError(name, similarExperiments(name, experiments));
  return experiment;
}

/**
 * Finds several experiments, each once, in the order given.
 *
 * @throws {@link ExperimentsNotFoundError} naming every one that does not exist, so that nothing is done by halves.
 */
export function requireExperiments(
  names: readonly string[],
  experiments: readonly ExperimentRef[],
  head: string | undefined,
): ExperimentRef[] {
  const found = new Map<string, ExperimentRef>();
  const unknown: string[] = [];
  for (const name of names) {
    const experiment = findExperiment(name, experiments, head);
    if (experiment === undefined) unknown.push(name);
    else found.set(experiment.ref, experiment);
  }
  if (unknown.length > 0) {
    throw new ExperimentsNotFoundError(unknown, [
      ...new Set(unknown.flatMap((name) => similarExperiments(name, experiments))),
    ]);
  }
  return [...found.values()];
}
