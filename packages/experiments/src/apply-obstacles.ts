import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { isSafeRelpath, PathEscapesError } from "@waymark/store";
import { DoubledPathError, RunInProgressError, SubmoduleInTheWayError } from "./errors.ts";
import { type Project, toRepositoryPath } from "./project.ts";
import { isRunning, readRunFile } from "./run-file.ts";
import { listTree, type TreeDifference } from "./tree-diff.ts";
import { behindLinks, statNoFollow } from "./work-tree-paths.ts";
import type { FileToWrite } from "./write-files.ts";

/** Picks the paths at which a file or a link stands: no folder, and nothing behind a link. */
export function pickFilesThere(root: string, paths: Iterable<string>): string[] {
  const isBehindLink = behindLinks(root);
  return [...paths].filter((path) => {
    const stats = statNoFollow(join(root, path));
    return stats !== undefined && !stats.isDirectory() && !isBehindLink(path);
  });
}

/**
 * Tells whether a path that is not tracked is a tracked file under another name: where case does not count, or accents
 * have two spellings, `Readme` is there because `README` is. It goes under its old name and comes back under the new.
 *
 * @param differences - Those without `to` are files that go.
 */
export function otherSpellings(root: string, differences: readonly TreeDifference[]): (path: string) => boolean {
  const going = new Map(
    differences.flatMap(({ path, to }) => (to === undefined ? [[foldPath(path), path] as const] : [])),
  );
  return (path) => {
    const other = going.get(foldPath(path));
    if (other === undefined || other === path) return false;
    const [one, two] = [statNoFollow(join(root, path)), statNoFollow(join(root, other))];
    return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
  };
}

function foldPath(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

/**
 * Finds files that stand where a folder is to be, or in a folder where a file is to be.
 *
 * @param removes - Files that go anyway.
 * @throws {@link SubmoduleInTheWayError} when it is another repository that would have to go.
 */
export function findBlocking(
  root: string,
  writes: readonly FileToWrite[],
  removes: ReadonlySet<string>,
): readonly string[] {
  const blocking = new Set<string>();
  const folders = new Set<string>();
  for (const { path } of writes) {
    for (let folder = dirname(path); folder !== "." && !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder);
      const stats = statNoFollow(join(root, folder));
      if (stats !== undefined && !stats.isDirectory() && !removes.has(folder)) blocking.add(folder);
    }
    if (statNoFollow(join(root, path))?.isDirectory() !== true) continue;
    for (const file of listFiles(root, path)) if (!removes.has(file)) blocking.add(file);
  }
  return [...blocking];
}

/**
 * Refuses what no tree has that Git made, and one may have that came from elsewhere: paths that lead out of the work tree
 * or into a Git folder, and a path that is a file and a folder at once, whose link would lead the others astray.
 *
 * @throws `PathEscapesError`, {@link DoubledPathError}.
 */
export function refuseUnsound(root: string, writes: readonly FileToWrite[]): void {
  const files = new Set(writes.map(({ path }) => path));
  const seen = new Set<string>();
  for (const { path } of writes) {
    if (!isSafeRelpath(path)) throw new PathEscapesError(path, root);
    for (let folder = dirname(path); folder !== "." && !seen.has(folder); folder = dirname(folder)) {
      seen.add(folder);
      if (files.has(folder)) throw new DoubledPathError(folder);
    }
  }
}

/**
 * Refuses files where a submodule is checked out, or below it: they would be written into another repository.
 *
 * @param submodules - Differences that concern submodules.
 * @throws {@link SubmoduleInTheWayError}
 */
export function refuseSubmodules(
  project: Project,
  workTree: string,
  writes: readonly FileToWrite[],
  submodules: readonly TreeDifference[],
): void {
  const there = new Set(submodules.filter(({ from }) => from?.mode === "160000").map(({ path }) => path));
  if (there.size === 0) return;
  for (const { path, to } of submodules) {
    if (to !== undefined && to.mode !== "160000") throw new SubmoduleInTheWayError(path);
  }
  const below = writes.flatMap(({ path }) => [...there].filter((folder) => path.startsWith(`${folder}/`)));
  const checkedOut = listTree(project.repo, workTree, below).find(({ mode }) => mode === "160000");
  if (below.length > 0 && checkedOut !== undefined) throw new SubmoduleInTheWayError(checkedOut.path);
}

/** @throws {@link RunInProgressError} when a process logs into a folder of some paths. */
export function refuseRunning(project: Project, paths: readonly string[]): void {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) {
    const run = readRunFile(join(project.root, folder));
    if (run === undefined || run.pid === process.pid || !isRunning(run)) continue;
    throw new RunInProgressError(toRepositoryPath(project.root, join(project.root, folder)) || ".", run.pid);
  }
}

function listFiles(root: string, folder: string): string[] {
  if (existsSync(join(root, folder, ".git"))) throw new SubmoduleInTheWayError(folder);
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}
