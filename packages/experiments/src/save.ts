import { defaultExperimentMessage, formatCommitMessage, isValidExperimentName } from "@waymark/core";
import {
  CollectionWatch,
  GitCommandError,
  ObjectMissingError,
  PrivateIndex,
  readIdentity,
  readRef,
  RefChangedError,
  updateRefs,
} from "@waymark/git";
import { isErrno } from "@waymark/files";
import { commitData, type CommitDataOptions, NO_DATA } from "./commit-data.ts";
import { ExperimentExistsError, InvalidExperimentNameError, NoCommitsError } from "./errors.ts";
import { ObjectsCollectedError } from "./objects-collected-error.ts";
import { suggestFreeName } from "./experiment-names.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import type { Project } from "./project.ts";
import { collectSaveContent, isDefinition, listUntracked } from "./save-content.ts";

/** A save that loses files to a `git gc --prune=now` beside it is made anew so many times. */
const ATTEMPTS = 8;
/** A `git gc` of a large repository takes its time; who saves an experiment does not wait for all of it. */
const COLLECTION_LIMIT_MS = 60_000;

/** What to save. */
export interface SaveOptions extends CommitDataOptions {
  /** Default: two words drawn at random. */
  readonly name?: string;
  /** Default: DVC's message. */
  readonly message?: string;
  /** Replaces an experiment of the same name and baseline. Default false. */
  readonly force?: boolean;
  /** Untracked files and folders to save too, ignored ones included; absolute. */
  readonly include?: readonly string[];
  /** Saves untracked files that look like credentials. Default false: they are an error. */
  readonly allowsSecrets?: boolean;
  /** Numbers in [0, 1) for the name. Default `Math.random`. */
  readonly random?: () => number;
}

/** An experiment that was saved. */
export interface SavedExperiment {
  readonly name: string;
  readonly commit: string;
  readonly ref: string;
  /** Untracked files that are not part of it, relative to the repository. */
  readonly leftOut: readonly string[];
}

/**
 * Saves the workspace as an experiment of the current commit: tracked files with their changes, data and outputs of
 * stages as they are, and what dvc.yaml lists. HEAD, the index and the files stay as they are, but for those that
 * record data.
 *
 * @throws {@link NoCommitsError}, {@link InvalidExperimentNameError}, {@link ExperimentExistsError}, `IdentityMissingError`,
 *   {@link SecretsFoundError}, and as {@link commitData}: no experiment has been made then. {@link ObjectsCollectedError}
 *   when `git gc --prune=now` deletes files again and again while they are saved.
 */
export async function saveExperiment(project: Project, options: SaveOptions = {}): Promise<SavedExperiment> {
  const { repo, root } = project;
  const baseline = repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(root);
  repo.requireSha1();
  let torn: SavedExperiment | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const watch = new CollectionWatch(repo);
    try {
      // What is made anew takes the place of what is not whole.
      const again = torn === undefined ? {} : { name: torn.name, force: true };
      const saved = await saveOnce(project, baseline, { ...options, ...again });
      if (await watch.hasSpared(saved.commit, baseline, COLLECTION_LIMIT_MS)) return saved;
      torn = saved;
    } catch (error) {
      if (!mayBeCollection(error) || attempt === ATTEMPTS || !watch.hasSeenOne()) throw error;
      await watch.waitForEnd(COLLECTION_LIMIT_MS);
    }
  }
  throw new ObjectsCollectedError(torn?.name ?? options.name ?? "");
}

/** Objects that are gone, or a file of one that was being written: Git clears away these, too. */
function mayBeCollection(error: unknown): boolean {
  return error instanceof GitCommandError || error instanceof ObjectMissingError || isErrno(error, "ENOENT");
}

async function saveOnce(project: Project, baseline: string, options: SaveOptions): Promise<SavedExperiment> {
  const { repo } = project;
  // Data may take hours to store: what would stop the commit is found out before.
  const identity = readIdentity(repo);
  const { name, ref, oldId } = chooseRef(project, baseline, options);
  prepareDvcFolder(project);
  const index = new PrivateIndex(repo);
  try {
    const before = listUntracked(project);
    const isPlain = (options.targets ?? []).length === 0 && ![...index.stagedPaths, ...before].some(isDefinition);
    const data = isPlain ? NO_DATA : await commitData(project, options);
    const untracked = data.written.length === 0 ? before : listUntracked(project);
    index.stageTracked();
    const { include = [], allowsSecrets = false } = options;
    const { files, strip } = collectSaveContent(project, index, { include, allowsSecrets, data, untracked });
    index.stage(files);
    index.put(new Map(strip.map((path) => [path, null])));
    const message = formatCommitMessage({ text: options.message ?? defaultExperimentMessage(data.hash), trailers: {} });
    const { commit } = index.commit({ parents: [baseline], message: message.trimEnd(), identity });
    moveRef(project, { name, ref, oldId, baseline, commit, force: options.force === true });
    const saved = new Set(files);
    return { name, commit, ref, leftOut: untracked.filter((path) => !saved.has(path)) };
  } finally {
    index[Symbol.dispose]();
  }
}

/** Where a saved commit goes. */
interface RefMove {
  readonly name: string;
  readonly ref: string;
  readonly oldId: string | null;
  readonly baseline: string;
  readonly commit: string;
  readonly force: boolean;
}

function moveRef({ repo }: Project, { name, ref, oldId, baseline, commit, force }: RefMove): void {
  for (let expected = oldId; ; expected = readRef(repo, ref) ?? null) {
    try {
      updateRefs(repo, [{ ref, newId: commit, oldId: expected }]);
      return;
    } catch (error) {
      if (!(error instanceof RefChangedError)) throw error;
      // Who replaces an experiment also replaces the one that another process has just saved.
      if (!force) throw new ExperimentExistsError(name, baseline);
    }
  }
}

function chooseRef(
  project: Project,
  baseline: string,
  options: SaveOptions,
): { name: string; ref: string; oldId: string | null } {
  const { repo } = project;
  if (options.name === undefined) {
    const name = suggestFreeName(repo, baseline, options.random ?? Math.random);
    return { name, ref: formatExperimentRef(baseline, name), oldId: null };
  }
  const { name } = options;
  if (!isValidExperimentName(name)) throw new InvalidExperimentNameError(name);
  const ref = formatExperimentRef(baseline, name);
  const oldId = readRef(repo, ref) ?? null;
  if (oldId !== null && options.force !== true) throw new ExperimentExistsError(name, baseline);
  return { name, ref, oldId };
}
