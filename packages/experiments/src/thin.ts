import { MalformedJsonError, parseCommitMessage, parsePythonJson } from "@waymark/core";
import {
  type ChainCommit,
  type GitRepository,
  type NewObject,
  ObjectReader,
  OversizedObjectError,
  RefChangedError,
  writeObjects,
} from "@waymark/git";
import { NewestCheckpointError, UnknownMetricError } from "./chain-errors.ts";
import { CheckpointNotFoundError, ExperimentMovedError } from "./errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { readSummaryNumber } from "./keep.ts";
import { listNames } from "./name-list.ts";
import type { Operation } from "./operations/operation.ts";
import { recordedUpdate } from "./operations/recorded-update.ts";
import type { Project } from "./project.ts";
import { type ExperimentChain, readExperimentChains, rewriteChain } from "./rewrite-chain.ts";
import { refuseRunningExperiments } from "./run-folders.ts";
import { selectThinned, type ThinCandidate, type ThinPolicy } from "./thin-policy.ts";

/** What is to go from an experiment: single checkpoints by their steps, or all that no policy keeps. */
export type ThinRequest =
  | { readonly experiment: ExperimentRef; readonly steps: readonly number[] }
  | { readonly experiment: ExperimentRef; readonly policies: readonly ThinPolicy[] };

/** What thinning does to an experiment. */
export interface ThinPlan {
  readonly experiment: ExperimentRef;
  /** Steps of the checkpoints that go, oldest first. */
  readonly dropped: readonly number[];
  /** Steps of those that stay, oldest first; what is shared with the experiment it was forked from is left out. */
  readonly kept: readonly number[];
  /** What the ref will name. */
  readonly tip: string;
  /** Commits that are made again. */
  readonly objects: readonly NewObject[];
}

/** A checkpoint of an experiment's own. */
interface OwnCheckpoint extends ThinCandidate {
  readonly id: string;
}

/**
 * Works out which checkpoints go. Checkpoints that an experiment shares with the one it was forked from stay, and so does
 * the newest: it is what resuming goes on from.
 *
 * @returns One plan for each experiment of which something goes.
 * @throws {@link CheckpointNotFoundError}, {@link NewestCheckpointError}, {@link UnknownMetricError}, `BrokenChainError`.
 */
export async function planThinning(repo: GitRepository, requests: readonly ThinRequest[]): Promise<ThinPlan[]> {
  const chains = await readExperimentChains(
    repo,
    requests.map(({ experiment }) => experiment),
  );
  const reader = new ObjectReader(repo);
  try {
    const plans = chains.map(async (chain, index) => planOne(repo, reader, chain, requests[index] as ThinRequest));
    return (await Promise.all(plans)).filter(({ dropped }) => dropped.length > 0);
  } finally {
    await reader.close();
  }
}

/**
 * Takes checkpoints out of experiments: the commits after them are made again on the same baseline, and the refs move in
 * one transaction. `exp undo` brings the checkpoints back for 30 days.
 *
 * @returns The operation; `undefined` when nothing goes.
 * @throws `RunInProgressError` when a process goes on making one of them; {@link ExperimentMovedError}.
 */
export async function thinExperiments(project: Project, plans: readonly ThinPlan[]): Promise<Operation | undefined> {
  if (plans.length === 0) return undefined;
  const { repo } = project;
  const experiments = plans.map(({ experiment }) => experiment);
  refuseRunningExperiments(project, experiments);
  writeObjects(
    repo,
    plans.flatMap(({ objects }) => objects),
  );
  const count = plans.reduce((sum, { dropped }) => sum + dropped.length, 0);
  const names = experiments.map(({ name }) => name);
  const summary = `remove ${count} checkpoint${count === 1 ? "" : "s"} of ${listNames(names)}`;
  const updates = plans.map(({ experiment, tip }) => ({ ref: experiment.ref, newId: tip, oldId: experiment.tip }));
  try {
    return await recordedUpdate(repo, "thin", summary, updates);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    throw new ExperimentMovedError(names.slice(0, 10).join("', '"), error);
  }
}

async function planOne(
  repo: GitRepository,
  reader: ObjectReader,
  { experiment, commits }: ExperimentChain,
  request: ThinRequest,
): Promise<ThinPlan> {
  const policies = "policies" in request ? request.policies : [];
  const own = await readCheckpoints(reader, listOwn(commits), policies);
  const kept = "steps" in request ? withoutSteps(experiment, own, request.steps) : keepBy(experiment, own, policies);
  const dropped = own.filter((checkpoint) => !kept.has(checkpoint));
  const rewritten = rewriteChain(repo, commits, {
    base: experiment.baseline,
    dropped: new Set(dropped.map(({ id }) => id)),
  });
  const steps = (checkpoints: Iterable<OwnCheckpoint>): number[] => [...checkpoints].map(({ step }) => step);
  return { experiment, dropped: steps(dropped), kept: steps(own.filter((each) => kept.has(each))), ...rewritten };
}

/** The commits from the fork on, oldest first. */
function listOwn(commits: readonly ChainCommit[]): readonly ChainCommit[] {
  const fork = commits.findIndex(({ message }) => parseCommitMessage(message).trailers.forkedFrom !== undefined);
  return (fork === -1 ? commits : commits.slice(0, fork + 1)).toReversed();
}

async function readCheckpoints(
  reader: ObjectReader,
  commits: readonly ChainCommit[],
  policies: readonly ThinPolicy[],
): Promise<OwnCheckpoint[]> {
  const metrics = policies.flatMap((policy) => (policy.kind === "best" ? [policy.metric] : []));
  const checkpoints = commits.map(async ({ id, message }): Promise<OwnCheckpoint[]> => {
    const { step, folder } = parseCommitMessage(message).trailers;
    if (step === undefined) return [];
    const summary = metrics.length === 0 ? undefined : await readSummary(reader, id, folder ?? "live");
    const values = new Map<string, number>();
    for (const metric of metrics) {
      const value = readSummaryNumber(summary, metric);
      if (value !== undefined) values.set(metric, value);
    }
    return [{ id, step, values }];
  });
  return (await Promise.all(checkpoints)).flat();
}

/** The summary of a checkpoint; one that cannot be read never makes it the best. */
async function readSummary(reader: ObjectReader, commit: string, folder: string): Promise<unknown> {
  try {
    const object = await reader.read(`${commit}:${folder === "." ? "" : `${folder}/`}metrics.json`);
    return object?.type === "blob" ? parsePythonJson(object.data.toString()) : undefined;
  } catch (error) {
    if (error instanceof OversizedObjectError || error instanceof MalformedJsonError) return undefined;
    throw error;
  }
}

function withoutSteps(
  { name }: ExperimentRef,
  own: readonly OwnCheckpoint[],
  steps: readonly number[],
): ReadonlySet<OwnCheckpoint> {
  const known = new Set(own.map(({ step }) => step));
  for (const step of steps) if (!known.has(step)) throw new CheckpointNotFoundError(name, step, [...known]);
  const newest = own.at(-1);
  if (newest !== undefined && steps.includes(newest.step)) throw new NewestCheckpointError(name, newest.step);
  return new Set(own.filter(({ step }) => !steps.includes(step)));
}

function keepBy(
  { name }: ExperimentRef,
  own: readonly OwnCheckpoint[],
  policies: readonly ThinPolicy[],
): ReadonlySet<OwnCheckpoint> {
  for (const policy of policies) {
    if (policy.kind !== "best" || own.length === 0 || own.some(({ values }) => values.has(policy.metric))) continue;
    throw new UnknownMetricError(name, policy.metric);
  }
  return selectThinned(own, policies);
}
