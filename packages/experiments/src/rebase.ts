import { type GitRepository, type NewObject, resolveRevision, writeObjects } from "@waymark/git";
import { BaselineNotRewrittenError, NewBaselineNotFoundError } from "./chain-errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { type BaselineMatch, findNewBaseline } from "./find-new-baseline.ts";
import { listNames } from "./name-list.ts";
import type { Operation } from "./operations/operation.ts";
import { listOrphanedBaselines } from "./orphaned-baselines.ts";
import type { Project } from "./project.ts";
import { moveExperiments, type RenameOptions } from "./rename.ts";
import { readExperimentChains, rewriteChain } from "./rewrite-chain.ts";

/** What rebasing does to an experiment. */
export interface RebasePlan {
  readonly experiment: ExperimentRef;
  /** Where it will start from. */
  readonly onto: string;
  /** How that commit was found; `undefined` when the user named it. */
  readonly match: BaselineMatch | undefined;
  /** What the new ref will name. */
  readonly tip: string;
  /** How many commits are made again: all of the experiment's. */
  readonly commits: number;
  readonly objects: readonly NewObject[];
}

/**
 * Works out how experiments are attached to another commit. Every commit of theirs is made again with the same files,
 * message, people and dates, and with other parents.
 *
 * @param onto - Revision to attach them to. Default: the commit that took the place of the one each started from.
 * @returns One plan for each experiment that is not there already.
 * @throws {@link NewBaselineNotFoundError}; {@link BaselineNotRewrittenError} for an experiment that is not orphaned when
 *   nobody said where to; `RevisionNotFoundError`; `BrokenChainError`.
 */
export async function planRebase(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  onto?: string,
): Promise<RebasePlan[]> {
  const targets = onto === undefined ? await findTargets(repo, experiments) : resolveTo(repo, experiments, onto);
  const moving = experiments.filter(({ baseline }) => targets.get(baseline)?.onto !== baseline);
  const chains = await readExperimentChains(repo, moving);
  return chains.map(({ experiment, commits }) => {
    const target = targets.get(experiment.baseline);
    if (target === undefined) throw new NewBaselineNotFoundError(experiment.baseline, []);
    const { tip, objects } = rewriteChain(repo, commits, { base: target.onto });
    return { experiment, ...target, tip, commits: commits.length, objects };
  });
}

/**
 * Attaches experiments to other commits: refs, tags, notes and the live folders of their runs change together, in one
 * transaction that `exp undo` takes back for 30 days.
 *
 * @returns The operation; `undefined` when there is nothing to do.
 * @throws `ExperimentExistsError` without `force`; `RunInProgressError`; `ExperimentMovedError`.
 */
export async function rebaseExperiments(
  project: Project,
  plans: readonly RebasePlan[],
  options: RenameOptions = {},
): Promise<Operation | undefined> {
  if (plans.length === 0) return undefined;
  const objects = plans.flatMap((plan) => plan.objects);
  writeObjects(project.repo, objects);
  const names = plans.map(({ experiment }) => experiment.name);
  const places = [...new Set(plans.map(({ onto }) => onto.slice(0, 7)))];
  const moves = plans.map(({ experiment, onto, tip }) => ({
    ...{ experiment, tip, to: { name: experiment.name, baseline: onto } },
  }));
  const summary = `rebase ${listNames(names)} onto ${places.join(", ")}`;
  return moveExperiments(project, moves, { kind: "rebase", summary, ...options });
}

interface RebaseTarget {
  readonly onto: string;
  readonly match: BaselineMatch | undefined;
}

function resolveTo(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  revision: string,
): Map<string, RebaseTarget> {
  const onto = resolveRevision(repo, revision);
  return new Map(experiments.map(({ baseline }) => [baseline, { onto, match: undefined }]));
}

async function findTargets(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
): Promise<Map<string, RebaseTarget>> {
  const orphaned = new Set((await listOrphanedBaselines(repo, experiments)).map(({ baseline }) => baseline));
  const targets = new Map<string, RebaseTarget>();
  for (const { name, baseline } of experiments) {
    if (!orphaned.has(baseline)) throw new BaselineNotRewrittenError(name, baseline);
    if (targets.has(baseline)) continue;
    const { candidates, match, hint } = await findNewBaseline(repo, baseline);
    const [onto] = candidates;
    if (onto === undefined || candidates.length > 1) throw new NewBaselineNotFoundError(baseline, candidates, hint);
    targets.set(baseline, { onto, match });
  }
  return targets;
}
