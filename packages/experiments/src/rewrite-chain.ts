import { formatCommitMessage, parseCommitMessage } from "@waymark/core";
import {
  type ChainCommit,
  type CommitChain,
  formatCommit,
  type GitRepository,
  type NewObject,
  ObjectReader,
  objectId,
  readCommitChains,
} from "@waymark/git";
import { BrokenChainError } from "./chain-errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";

/** The commits of an experiment from its baseline on. */
export interface ExperimentChain {
  readonly experiment: ExperimentRef;
  /** Newest first, without the baseline. */
  readonly commits: readonly ChainCommit[];
}

/** How {@link rewriteChain} makes commits again. */
export interface RewriteOptions {
  /** Parent of the oldest commit. */
  readonly base: string;
  /** Ids of commits that are left out. Default: none. */
  readonly dropped?: ReadonlySet<string>;
}

/** Commits that were made again. */
export interface RewrittenChain {
  /** The newest commit. */
  readonly tip: string;
  /** What has to be written before a ref names the tip. */
  readonly objects: readonly NewObject[];
}

/**
 * Reads whole experiments, all with one process.
 *
 * @throws {@link BrokenChainError} when first parents do not lead from a tip to its baseline.
 */
export async function readExperimentChains(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
): Promise<readonly ExperimentChain[]> {
  const reader = new ObjectReader(repo);
  try {
    const requests = experiments.map(({ tip, baseline }) => ({ tip, stop: baseline }));
    const chains: readonly CommitChain[] = await readCommitChains(reader, requests);
    return chains.map(({ commits, end }, index) => {
      const experiment = experiments[index] as ExperimentRef;
      if (end !== "stop") throw new BrokenChainError(experiment.name, experiment.baseline, end);
      return { experiment, commits };
    });
  } finally {
    await reader.close();
  }
}

/**
 * Makes commits again with other parents: same tree, message, people and dates. Those whose parent stays are left as
 * they are, and what stands at the end has the same id whenever it is done again.
 *
 * @param commits - Newest first, as a chain has them.
 */
export function rewriteChain(
  repo: GitRepository,
  commits: readonly ChainCommit[],
  { base, dropped = new Set() }: RewriteOptions,
): RewrittenChain {
  const objects: NewObject[] = [];
  let tip = base;
  /** The first commit of a fork names its origin: when it is dropped, the next one does. */
  let origin: string | undefined;
  for (const commit of commits.toReversed()) {
    if (dropped.has(commit.id)) {
      origin ??= parseCommitMessage(commit.message).trailers.forkedFrom;
      continue;
    }
    const [parent, ...others] = commit.parents;
    if (parent === tip && origin === undefined) {
      tip = commit.id;
      continue;
    }
    const message = origin === undefined ? commit.message : withOrigin(commit.message, origin);
    const object: NewObject = {
      type: "commit",
      data: formatCommit({ ...commit, message, parents: [tip, ...others] }),
    };
    objects.push(object);
    tip = objectId(object, repo.objectFormat);
    origin = undefined;
  }
  return { tip, objects };
}

function withOrigin(message: string, forkedFrom: string): string {
  const { text, trailers } = parseCommitMessage(message);
  return formatCommitMessage({ text, trailers: { ...trailers, forkedFrom: trailers.forkedFrom ?? forkedFrom } });
}
