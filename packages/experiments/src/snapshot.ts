import { existsSync } from "node:fs";
import { join } from "node:path";
import { PrivateIndex, runGitSync } from "@waymark/git";
import { type Project, toRepositoryPath } from "./project.ts";
import { looksSensitive } from "./secrets/sensitive-file.ts";

/** What goes into a snapshot beside changes of tracked files. */
export interface SnapshotContent {
  /** Files and folders, relative to the root, tracked or not; `""` is the root as a live folder. */
  readonly paths: readonly string[];
  /** Skips the look at tracked files when one was taken a moment ago. Default false. */
  readonly isThrifty?: boolean;
}

/** What the logger writes into its folder. */
const LOGGER_FILES = ["metrics.json", "params.yaml", "plots", "report.html", "report.md", "dvc.yaml"];
/** What makes a branch of an experiment a DVC repository. They may be new and in no commit yet. */
const DVC_FILES = [".dvc/config", ".dvc/.gitignore", ".dvcignore"];

/**
 * Makes an index for snapshots of a project: files that look like credentials are left out when they lie in a folder
 * that is taken as a whole.
 */
export function createSnapshotIndex(project: Project): PrivateIndex {
  return new PrivateIndex(project.repo, { exclude: looksSensitive });
}

/**
 * Takes the state of the workspace into an index of our own: tracked files with their changes, the paths given, and
 * DVC's settings.
 */
export function stageWorkspace(project: Project, index: PrivateIndex, content: SnapshotContent): void {
  index.stageTracked({ thrifty: content.isThrifty ?? false });
  const dvc = toRepositoryPath(project.root, project.dvcRoot) ?? "";
  const settings = DVC_FILES.map((name) => (dvc === "" ? name : `${dvc}/${name}`));
  const paths = content.paths.flatMap((path) => (path === "" ? LOGGER_FILES : [path]));
  index.stage([...new Set([...settings, ...paths])]);
}

/**
 * Takes in files that a commit has, that are still there, and that Git does not track: what was staged or listed by name
 * when that commit was made belongs to what continues it.
 */
export function stageMissing(project: Project, index: PrivateIndex, commitTree: string): void {
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=D"];
  const { stdout } = runGitSync(project.repo, [...args, commitTree, index.writeTree()]);
  const present = stdout
    .toString()
    .split("\0")
    .filter((path) => path !== "" && existsSync(join(project.root, path)));
  const tracked = new Set(index.trackedPaths(present));
  index.stage(present.filter((path) => !tracked.has(path)));
}
