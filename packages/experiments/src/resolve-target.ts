import { findRevision, type GitRepository, readHead, runGitSync } from "@waymark/git";
import { findCheckpoint, readChain } from "./chain.ts";
import { AmbiguousExperimentError, CheckpointNotFoundError, ExperimentNotFoundError } from "./errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefsSync } from "./experiments.ts";
import { findExperiment, similarExperiments } from "./find-experiment.ts";
import { listSteps } from "./find-origin.ts";
import { formatCheckpointSelector, parseCheckpointSelector } from "./selector.ts";

/** What a user means by the name of an experiment, a checkpoint or a revision. */
export interface Target {
  readonly commit: string;
  /** `undefined` when a revision was named. */
  readonly experiment: ExperimentRef | undefined;
  readonly step: number | undefined;
  /** As the user would type it. */
  readonly label: string;
}

/**
 * Resolves `NAME`, `NAME@STEP`, a full ref, or any revision Git knows. Names of experiments go first, because they are
 * what these commands are about.
 *
 * @throws {@link ExperimentNotFoundError} with the names that come near, {@link CheckpointNotFoundError} with the steps
 *   there are, {@link AmbiguousExperimentError}.
 */
export function resolveTarget(repo: GitRepository, text: string): Target {
  const experiments = listExperimentRefsSync(repo);
  const head = readHead(repo).commit;
  const named = findExperiment(text, experiments, head);
  if (named !== undefined) return { commit: named.tip, experiment: named, step: undefined, label: text };
  const { name, step } = parseCheckpointSelector(text);
  const experiment = step === undefined ? undefined : findExperiment(name, experiments, head);
  if (experiment !== undefined) {
    const chain = readChain(repo, experiment.tip, experiment.baseline);
    const checkpoint = findCheckpoint(chain, step);
    if (checkpoint === undefined) throw new CheckpointNotFoundError(experiment.name, step, listSteps(chain));
    return { commit: checkpoint.id, experiment, step, label: formatCheckpointSelector(name, step) };
  }
  const commit = findRevision(repo, text);
  if (commit === undefined) throw new ExperimentNotFoundError(text, similarExperiments(name, experiments));
  return { commit, experiment: undefined, step: undefined, label: text };
}

/**
 * Finds the experiment that a commit is part of.
 *
 * @returns `undefined` when it is on no experiment's way from its baseline.
 * @throws {@link AmbiguousExperimentError} when it is in several, and none of them started from the current commit.
 */
export function findContaining(repo: GitRepository, target: Target): ExperimentRef | undefined {
  if (target.experiment !== undefined) return target.experiment;
  const args = ["for-each-ref", "--format=%(refname)", `--contains=${target.commit}`, "refs/exps"];
  const refs = new Set(runGitSync(repo, args).stdout.toString().split("\n"));
  const found = listExperimentRefsSync(repo).filter(
    ({ ref, baseline }) => refs.has(ref) && !isAncestor(repo, target.commit, baseline),
  );
  if (found.length <= 1) return found[0];
  const head = readHead(repo).commit;
  const tips = found.filter(({ tip }) => tip === target.commit);
  const current = tips.length === 1 ? tips[0] : found.find(({ baseline }) => baseline === head);
  if (current !== undefined) return current;
  throw new AmbiguousExperimentError(
    target.label,
    found.map(({ ref }) => ref),
  );
}

function isAncestor(repo: GitRepository, commit: string, of: string): boolean {
  const options = { allowedExitCodes: [0, 1, 128] };
  return runGitSync(repo, ["merge-base", "--is-ancestor", commit, of], options).exitCode === 0;
}
