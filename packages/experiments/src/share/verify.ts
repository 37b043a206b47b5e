import { TrackerError } from "@waymark/core";
import {
  absoluteRemoteUrl,
  fetchObjects,
  findDamagedObjects,
  type GitRepository,
  GitRemoteError,
  listObjects,
  listRemotes,
  type RemoteAccess,
  RemoteRefGoneError,
  withScratchRepository,
} from "@waymark/git";
import { type DvcProject, type OutputSelection, selectForRemotes } from "@waymark/pipeline";
import type { ExperimentRef } from "../experiment-ref.ts";
import type { Project } from "../project.ts";
import { listRemoteExperiments } from "./list-remote.ts";
import { openData, readChains } from "./share-data.ts";
import { type CheckedData, checkDataHere, checkDataThere, type VerifyDataOptions } from "./verify-data.ts";

/** Options of {@link verifyExperiments}. */
export interface VerifyOptions extends VerifyDataOptions {
  /** Default: `origin`, or the only one; none where there are several others. */
  readonly gitRemote?: string | undefined;
  /** Looks only at what is here. Default `false`. */
  readonly isOffline?: boolean;
  readonly mayAsk?: boolean;
}

/** How Git objects of an experiment are kept in this repository. */
export interface CheckedObjects {
  readonly total: number;
  /** Ids of objects that are not here. */
  readonly missing: readonly string[];
  /** Ids of objects whose bytes are others; empty unless looked at deeply. */
  readonly damaged: readonly string[];
}

/**
 * How a Git remote has an experiment: `same` commit, and so all that belongs to it; `other` commit; `absent`; or
 * `damaged`, which only a deep look finds.
 */
export type RemoteState = "same" | "other" | "absent" | "damaged";

/** What {@link verifyExperiments} found out about one. */
export interface VerifiedExperiment {
  readonly experiment: ExperimentRef;
  /** Commits of its chain. */
  readonly commits: number;
  readonly gitHere: CheckedObjects;
  /** `undefined` when no remote was asked. */
  readonly gitRemote: RemoteState | undefined;
  /** `undefined` in a repository that is no DVC project. */
  readonly dataHere: CheckedData | undefined;
  /** `undefined` when no remote was asked, or there is nothing to ask for. */
  readonly dataRemote: CheckedData | undefined;
  readonly isComplete: boolean;
}

/**
 * Finds out whether everything that experiments are made of is here, on the Git remote and on data remotes: every
 * commit of the chain with its trees and files, and every cached file and list of a folder.
 *
 * @returns One entry per experiment, in order, as soon as it is known.
 * @throws What makes a remote useless.
 */
export async function* verifyExperiments(
  project: Project,
  experiments: readonly ExperimentRef[],
  options: VerifyOptions = {},
): AsyncGenerator<VerifiedExperiment> {
  const { repo } = project;
  const remote = options.isOffline === true ? undefined : (options.gitRemote ?? usualRemote(repo));
  const access: RemoteAccess = { signal: options.signal, mayAsk: options.mayAsk ?? false };
  const there = remote === undefined ? undefined : await listRemoteExperiments(repo, remote, access);
  const tips = new Map(there?.experiments.map(({ ref, tip }) => [ref, tip]));
  const dvc = openData(project);
  const chains = await readChains(project, experiments);
  for (const [at, experiment] of experiments.entries()) {
    const commits = chains[at] ?? [];
    const gitHere = await checkObjects(repo, [...new Set([experiment.tip, ...commits])], options);
    const state = remote === undefined ? undefined : compare(experiment, tips.get(experiment.ref));
    const isDeep = options.isDeep === true && state === "same" && remote !== undefined;
    const gitRemote = isDeep ? await fetchAnew(repo, remote, experiment, access) : state;
    const outputs = dvc === undefined ? undefined : await selectOutputs(dvc, commits);
    const dataHere = dvc && outputs && checkDataHere(dvc, outputs, options);
    const dataRemote =
      dvc && outputs && options.isOffline !== true ? await checkDataThere(dvc, outputs, options) : undefined;
    const parts = [gitHere, dataHere, dataRemote].filter((part) => part !== undefined);
    const isComplete =
      parts.every(({ missing, damaged }) => missing.length + damaged.length === 0) &&
      (gitRemote === undefined || gitRemote === "same") &&
      // Data that nobody can tell is not complete.
      (dvc === undefined || outputs !== undefined);
    yield { experiment, commits: commits.length, gitHere, gitRemote, dataHere, dataRemote, isComplete };
  }
}

/** @returns `undefined` when no commit can be read: what is missing of it is found in Git. */
async function selectOutputs(
  dvc: DvcProject,
  commits: readonly string[],
): Promise<readonly OutputSelection[] | undefined> {
  try {
    return (await selectForRemotes(dvc, { scope: { commits, isWithoutWorkspace: true } })).selections;
  } catch (error) {
    if (error instanceof TrackerError) return undefined;
    throw error;
  }
}

/** The remote that people mean when they name none. */
function usualRemote(repo: GitRepository): string | undefined {
  const names = listRemotes(repo);
  return names.includes("origin") || names.length !== 1 ? names.find((name) => name === "origin") : names[0];
}

function compare({ tip }: ExperimentRef, there: string | undefined): RemoteState {
  if (there === undefined) return "absent";
  return there === tip ? "same" : "other";
}

async function checkObjects(
  repo: GitRepository,
  commits: readonly string[],
  { isDeep = false, signal }: VerifyOptions,
): Promise<CheckedObjects> {
  const { present, missing } = await listObjects(repo, commits, { isWithoutParents: true });
  const damaged = isDeep ? await findDamagedObjects(repo, present, signal) : [];
  return { total: present.length + missing.length, missing, damaged };
}

/** Fetches an experiment into an empty repository: Git looks at every byte of what comes, and that nothing is missing. */
async function fetchAnew(
  repo: GitRepository,
  remote: string,
  { tip }: ExperimentRef,
  access: RemoteAccess,
): Promise<RemoteState> {
  return withScratchRepository(repo, async (scratch) => {
    try {
      await fetchObjects(scratch, absoluteRemoteUrl(repo, remote), [tip], access);
      return "same";
    } catch (error) {
      // It answered a moment ago: what it cannot send, it does not have.
      if (error instanceof GitRemoteError || error instanceof RemoteRefGoneError) return "damaged";
      throw error;
    }
  });
}
