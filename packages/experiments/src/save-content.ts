import { existsSync, lstatSync } from "node:fs";
import { join, posix } from "node:path";
import { findRevision, listFolderFiles, type PrivateIndex, readRef, runGitSync } from "@waymark/git";
import { APPLIED_REF } from "./applied.ts";
import type { CommittedData } from "./commit-data.ts";
import { OutsideRepositoryError } from "./errors.ts";
import { listIgnored } from "./ignored.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { findSecrets, SecretsFoundError } from "./secrets/find-secrets.ts";
import { diffTrees } from "./tree-diff.ts";

/** What a save takes beside changes of tracked files. */
export interface SaveContent {
  /** Files, relative to the repository. */
  readonly files: readonly string[];
  /** Tracked files that never belong into an experiment. */
  readonly strip: readonly string[];
}

/** What decides about {@link SaveContent}. */
export interface SaveContentOptions {
  /** Files and folders, absolute, to take although Git does not track them. */
  readonly include: readonly string[];
  readonly data: CommittedData;
  /** As {@link listUntracked} lists them. */
  readonly untracked: readonly string[];
  /** Takes files that look like credentials. */
  readonly allowsSecrets: boolean;
}

/** What makes a branch of an experiment a DVC repository. They may be new and in no commit yet. */
const SETTINGS = [".dvc/config", ".dvc/.gitignore", ".dvcignore"];
/** State of tools on this machine, and settings that are nobody else's. */
const LOCAL_FILES = /(?:^|\/)\.dvc\/(?:tmp(?:\/|$)|cache(?:\/|$)|config\.local$)/u;
/** Files that define stages and data. */
const DEFINITION = /(?:^|\/)(?:dvc\.(?:yaml|lock)|[^/]+\.dvc)$/u;

/**
 * Lists what a save takes in by name: files that were asked for, those that define the project and what it shows, and
 * those that the experiment applied last brought.
 *
 * @throws {@link OutsideRepositoryError}; {@link SecretsFoundError} when an untracked file of these looks like
 *   credentials.
 */
export function collectSaveContent(project: Project, index: PrivateIndex, options: SaveContentOptions): SaveContent {
  const { root } = project;
  const { data, include, untracked, allowsSecrets } = options;
  const dvc = toRepositoryPath(root, project.dvcRoot) ?? "";
  const settings = SETTINGS.map((name) => posix.join(dvc, name)).filter((path) => existsSync(join(root, path)));
  const asked = include.flatMap((path) => listIncluded(project, path, untracked));
  const shown = new Set(untracked);
  const brought = listBrought(project, index).filter((path) => shown.has(path));
  const isCached = below(data.cached);
  const defined = untracked.filter((path) => DEFINITION.test(path));
  const listed = [...defined, ...data.definitions, ...data.written, ...data.figures];
  const values = withoutIgnored(
    project,
    data.values.flatMap((path) => listFiles(project, path)),
  );
  const found = listed.flatMap((path) => listFiles(project, path)).filter((path) => !isCached(path));
  const files = [...new Set([...settings, ...found, ...values, ...brought, ...asked])].filter(
    (path) => !LOCAL_FILES.test(path),
  );
  const tracked = index.stagedPaths;
  const unknown = files.filter((path) => !tracked.has(path));
  const secrets = allowsSecrets ? [] : findSecrets(root, unknown);
  if (secrets.length > 0) throw new SecretsFoundError(secrets);
  return { files, strip: [...tracked].filter(isTemporary) };
}

/**
 * Files that a commit never holds, whoever committed them: what lies in `.dvc/tmp`. DVC's own `exp save` leaves a pickle
 * there, with the environment of the run and its tokens.
 */
export function isTemporary(path: string): boolean {
  return /(?:^|\/)\.dvc\/tmp\//u.test(path);
}

/** Tells whether a path is that of a file that defines stages or data, or records them. */
export function isDefinition(path: string): boolean {
  return DEFINITION.test(path);
}

/** Lists untracked files that Git does not ignore, relative to the repository. */
export function listUntracked({ repo }: Project): readonly string[] {
  return split(runGitSync(repo, ["ls-files", "-z", "--others", "--exclude-standard"]).stdout);
}

function listIncluded(project: Project, path: string, untracked: readonly string[]): readonly string[] {
  const inside = toRepositoryPath(project.root, path);
  if (inside === undefined || lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new OutsideRepositoryError(path, project.root);
  }
  // All of the work tree: what Git ignores is left alone unless it is named.
  return inside === "" ? untracked : listFiles(project, inside);
}

/** The files at and below a path; what a `.gitignore` inside a folder hides stays out. */
function listFiles(project: Project, path: string): readonly string[] {
  const stats = lstatSync(join(project.root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isDirectory() ? listFolderFiles(project.repo, path) : [path];
}

/** Lists files that the experiment applied last has and HEAD has not: an experiment made from it has them, too. */
export function listBrought(project: Project, index: PrivateIndex): readonly string[] {
  const { repo, root } = project;
  const applied = readRef(repo, APPLIED_REF);
  if (applied === undefined || findRevision(repo, applied) === undefined) return [];
  return diffTrees(repo, index.writeTree(), `${applied}^{tree}`)
    .filter(({ from, to }) => from === undefined && to !== undefined && to.mode !== "160000")
    .map(({ path }) => path)
    .filter((path) => existsSync(join(root, path)));
}

function withoutIgnored({ repo }: Project, paths: readonly string[]): readonly string[] {
  const ignored = listIgnored(repo, paths);
  return paths.filter((path) => !ignored.has(path));
}

function below(folders: readonly string[]): (path: string) => boolean {
  const known = new Set(folders);
  return (path) => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (known.has(path.slice(0, end))) return true;
    }
    return false;
  };
}

function split(stdout: Buffer): string[] {
  return stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "");
}
