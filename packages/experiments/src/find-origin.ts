import type { RunStart } from "@waymark/core";
import { findRevision, type GitRepository, readHead, readRef } from "@waymark/git";
import { type ChainCommit, countOwn, findCheckpoint, readChain } from "./chain.ts";
import { CheckpointNotFoundError } from "./errors.ts";
import { type ExperimentRef, formatExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefsSync } from "./experiments.ts";
import { requireExperiment } from "./find-experiment.ts";
import { parseCheckpointSelector } from "./selector.ts";

/** A checkpoint that a run can be continued from, and the experiment it is part of. */
export interface Origin {
  readonly experiment: ExperimentRef;
  readonly point: ChainCommit;
  /** Commits of the experiment, newest first, shared ones included. */
  readonly chain: readonly ChainCommit[];
  /** The newest checkpoint there is. */
  readonly isNewest: boolean;
}

/**
 * Finds the checkpoint that a resumed run goes on from: the one named, or the newest of the run in the live folder.
 *
 * @returns `undefined` when nothing is named and the run in the folder has no checkpoint.
 * @throws An error that names what is not there when a checkpoint is named.
 */
export function findOrigin(repo: GitRepository, start: Pick<RunStart, "resumeFrom" | "previous">): Origin | undefined {
  if (start.resumeFrom !== undefined) return findNamedOrigin(repo, start.resumeFrom);
  const { previous } = start;
  if (previous === undefined) return undefined;
  const { experimentName: name, baseline } = previous;
  const ref = formatExperimentRef(baseline, name);
  const tip = readRef(repo, ref);
  return tip === undefined ? undefined : toOrigin(repo, { ref, name, baseline, tip }, undefined);
}

/**
 * Finds the checkpoint that `NAME` or `NAME@STEP` means.
 *
 * @throws {@link ExperimentNotFoundError}, {@link CheckpointNotFoundError}.
 */
export function findNamedOrigin(repo: GitRepository, selector: string): Origin {
  const experiments = listExperimentRefsSync(repo);
  const head = readHead(repo).commit;
  // A name may end in `@` and digits itself.
  const exact = experiments.some((experiment) => experiment.name === selector);
  const { name, step } = exact ? { name: selector, step: undefined } : parseCheckpointSelector(selector);
  const experiment = requireExperiment(name, experiments, head);
  const origin = toOrigin(repo, experiment, step);
  if (origin === undefined) {
    const chain = readChain(repo, experiment.tip, experiment.baseline);
    throw new CheckpointNotFoundError(experiment.name, step, listSteps(chain));
  }
  return origin;
}

/** Lists the steps of a chain's checkpoints, newest first. */
export function listSteps(chain: readonly ChainCommit[]): number[] {
  return chain.flatMap(({ trailers }) => (trailers.step === undefined ? [] : [trailers.step]));
}

/** Tells whether a commit is in the repository. */
export function hasCommit(repo: GitRepository, id: string): boolean {
  return findRevision(repo, id) !== undefined;
}

/** The experiment's own commits up to one of them, oldest first; nothing when that one is shared. */
export function ownCommitsUpTo(origin: Origin): ChainCommit[] {
  const own = origin.chain.slice(0, countOwn(origin.chain));
  const at = own.indexOf(origin.point);
  return at === -1 ? [] : own.slice(at).reverse();
}

function toOrigin(repo: GitRepository, experiment: ExperimentRef, step: number | undefined): Origin | undefined {
  const chain = readChain(repo, experiment.tip, experiment.baseline);
  const point = findCheckpoint(chain, step);
  if (point === undefined) return undefined;
  return { experiment, point, chain, isNewest: point === findCheckpoint(chain, undefined) };
}
