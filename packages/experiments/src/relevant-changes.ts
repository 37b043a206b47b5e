import { basename } from "node:path/posix";
import { type GitRepository, runGitSync } from "@waymark/git";

/** What a run writes by itself: changes of these say nothing about code or params. Paths are repository-relative. */
export interface OwnFiles {
  /** The live folder; `undefined` when it lies outside. */
  readonly folder: string | undefined;
  /** Other files and folders that the logger or the tracker writes: dvc.yaml, checkpoint files. */
  readonly paths: readonly string[];
}

/** Notes and tool settings: they may change while a run is stopped without making it another run. */
const IRRELEVANT_NAMES = new Set([".gitignore", ".gitattributes", ".dvcignore", "LICENSE"]);
const IRRELEVANT_SUFFIXES = [".md", ".rst"];

/**
 * Tells which files that decide about a run differ between a checkpoint and the tree of its continuation: code, data and
 * params, wherever Git tracks them, and the params that the run logged.
 *
 * @returns Paths, in name order.
 */
export function findRelevantChanges(repo: GitRepository, from: string, to: string, own: OwnFiles): string[] {
  if (from === to) return [];
  const { stdout } = runGitSync(repo, ["diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to]);
  return stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "" && isRelevant(path, own));
}

/** Tells whether a file decides about a run. */
export function isRelevant(path: string, own: OwnFiles): boolean {
  if (own.folder !== undefined && isWithin(path, own.folder)) {
    const name = own.folder === "" ? path : path.slice(own.folder.length + 1);
    if (name === "params.yaml") return true;
    // A folder of its own holds nothing but the run; the root of the repository holds everything.
    if (own.folder !== "" || isLoggerFile(name)) return false;
  }
  const name = basename(path);
  if (IRRELEVANT_NAMES.has(name) || IRRELEVANT_SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix))) {
    return false;
  }
  // DVC's own settings and what it generates.
  if (path.split("/").includes(".dvc")) return false;
  return !own.paths.some((written) => isWithin(path, written) || path === `${written}.dvc`);
}

function isLoggerFile(name: string): boolean {
  return /^(?:plots\/|metrics\.json$|report\.(?:html|md)$|checkpoints\.json$)/u.test(name);
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}
