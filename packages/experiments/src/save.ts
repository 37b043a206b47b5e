import { defaultExperimentMessage, formatCommitMessage, isValidExperimentName } from "@waymark/core";
import { PrivateIndex, readIdentity, readRef, RefChangedError, updateRefs } from "@waymark/git";
import { commitData, type CommitDataOptions, NO_DATA } from "./commit-data.ts";
import { ExperimentExistsError, InvalidExperimentNameError, NoCommitsError } from "./errors.ts";
import { suggestFreeName } from "./experiment-names.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import type { Project } from "./project.ts";
import { collectSaveContent, isDefinition, listUntracked } from "./save-content.ts";

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
 *   {@link SecretsFoundError}, and as {@link commitData}: no experiment has been made then.
 */
export async function saveExperiment(project: Project, options: SaveOptions = {}): Promise<SavedExperiment> {
  const { repo, root } = project;
  const baseline = repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(root);
  repo.requireSha1();
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
    const message = formatCommitMessage({ text: options.message ?? defaultExperimentMessage(), trailers: {} });
    const { commit } = index.commit({ parents: [baseline], message: message.trimEnd(), identity });
    try {
      updateRefs(repo, [{ ref, newId: commit, oldId }]);
    } catch (error) {
      if (error instanceof RefChangedError) throw new ExperimentExistsError(name, baseline);
      throw error;
    }
    const saved = new Set(files);
    return { name, commit, ref, leftOut: untracked.filter((path) => !saved.has(path)) };
  } finally {
    index[Symbol.dispose]();
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
