import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import {
  defaultExperimentMessage,
  formatCommitMessage,
  isValidExperimentName,
  parseDvcFile,
  parseDvcYaml,
} from "@waymark/core";
import { readRef, RefChangedError, runGitSync, updateRefs } from "@waymark/git";
import { trackSync } from "@waymark/store";
import { ExperimentExistsError, InvalidExperimentNameError, NoCommitsError, OutsideRepositoryError } from "./errors.ts";
import { suggestFreeName } from "./experiment-names.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { listIgnored } from "./ignored.ts";
import { openCache } from "./restore.ts";
import { looksSensitive } from "./sensitive-file.ts";
import { createSnapshotIndex, stageWorkspace } from "./snapshot.ts";

/** What to save. */
export interface SaveOptions {
  /** Default: two words drawn at random. */
  readonly name?: string;
  /** Default: DVC's message. */
  readonly message?: string;
  /** Replaces an experiment of the same name and baseline. Default false. */
  readonly force?: boolean;
  /** Untracked files and folders to save too, ignored ones included; absolute. */
  readonly include?: readonly string[];
  /** Numbers in [0, 1) for the name. Default `Math.random`. */
  readonly random?: () => number;
}

/** An experiment that was saved. */
export interface SavedExperiment {
  readonly name: string;
  readonly commit: string;
  readonly ref: string;
  /** Untracked files that are not part of it, relative to the repository; folders end in `/`. */
  readonly leftOut: readonly string[];
}

/**
 * Saves the workspace as an experiment of the current commit: tracked files with their changes, data that `.dvc` files
 * track, and what dvc.yaml lists. HEAD, the index and the files stay as they are.
 *
 * @throws {@link NoCommitsError}, {@link InvalidExperimentNameError}, {@link ExperimentExistsError}.
 */
export function saveExperiment(project: Project, options: SaveOptions = {}): SavedExperiment {
  const { repo, root } = project;
  const baseline = repo.headCommit;
  if (baseline === undefined) throw new NoCommitsError(root);
  repo.requireSha1();
  const { name, ref, oldId } = chooseRef(project, baseline, options);
  prepareDvcFolder(project);
  const index = createSnapshotIndex(project);
  try {
    const listed = (options.include ?? []).map((path) => requireInside(project, path));
    const untracked = listUntracked(project);
    const data = untracked.filter((path) => path.endsWith(".dvc"));
    const stored = storeChangedData(project, data);
    const paths = [...readListedFiles(project), ...data, ...stored, ...listed];
    stageWorkspace(project, index, { paths });
    const message = formatCommitMessage({ text: options.message ?? defaultExperimentMessage(), trailers: {} });
    const { commit } = index.commit({ parents: [baseline], message: message.trimEnd() });
    try {
      updateRefs(repo, [{ ref, newId: commit, oldId }]);
    } catch (error) {
      if (error instanceof RefChangedError) throw new ExperimentExistsError(name, baseline);
      throw error;
    }
    return { name, commit, ref, leftOut: untracked.filter((path) => !index.has(path)) };
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

function requireInside(project: Project, path: string): string {
  const inside = toRepositoryPath(project.root, path);
  if (inside === undefined || inside === "" || !existsSync(path)) throw new OutsideRepositoryError(path, project.root);
  return inside;
}

function listUntracked(project: Project): string[] {
  const { stdout } = runGitSync(project.repo, ["ls-files", "-z", "--others", "--exclude-standard"]);
  return stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "");
}

/** Params, metrics and plots that the project's dvc.yaml lists, and the file itself with its lock. */
function readListedFiles(project: Project): string[] {
  const folder = toRepositoryPath(project.root, project.dvcRoot) ?? "";
  const at = (name: string): string => posix.join(folder, name);
  const file = join(project.root, at("dvc.yaml"));
  if (!existsSync(file)) return [];
  const { params, metrics, plots } = parseDvcYaml(readFileSync(file, "utf8"), { path: at("dvc.yaml") });
  return [...["dvc.yaml", "dvc.lock"], ...params, ...metrics, ...plots.map(({ id }) => id)]
    .map(at)
    .filter((path) => !path.startsWith("../") && existsSync(join(project.root, path)) && !looksSensitive(path));
}

/**
 * Puts data that changed since its `.dvc` file was written into the cache, so that the experiment can give it back.
 *
 * @returns The ignore files beside them, which may be new.
 */
function storeChangedData(project: Project, untracked: readonly string[]): string[] {
  const { root, repo } = project;
  const tracked = runGitSync(repo, ["ls-files", "-z", "--cached", "--", ":(glob)**/*.dvc"])
    .stdout.toString()
    .split("\0");
  const cache = openCache(project);
  const written: string[] = [];
  for (const dvcFile of [...tracked, ...untracked]) {
    if (dvcFile === "" || !existsSync(join(root, dvcFile))) continue;
    const { outputs, hasDependencies } = parseDvcFile(readFileSync(join(root, dvcFile), "utf8"), { path: dvcFile });
    const [output, ...others] = outputs;
    // What was imported, and what several outputs share, is not for us to rewrite.
    if (output === undefined || others.length > 0 || hasDependencies || output.isCached === false) continue;
    const path = join(dirname(join(root, dvcFile)), output.path);
    if (`${path}.dvc` !== join(root, dvcFile) || !existsSync(path)) continue;
    if (!isNewer(path, join(root, dvcFile)) && output.md5 !== undefined && cache.has(output.md5)) continue;
    const inside = toRepositoryPath(root, path) ?? "";
    trackSync(cache, path, { isIgnored: listIgnored(repo, [inside]).has(inside) });
    written.push(posix.join(dirname(inside), ".gitignore"));
  }
  return written.filter((path) => existsSync(join(root, path)));
}

/** A folder shows a change inside it only in its files, so it always counts. */
function isNewer(path: string, dvcFile: string): boolean {
  const stats = statSync(path);
  return stats.isDirectory() || stats.mtimeMs >= statSync(dvcFile).mtimeMs;
}
