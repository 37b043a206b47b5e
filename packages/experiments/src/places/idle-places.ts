import { existsSync, rmdirSync, rmSync } from "node:fs";
import { sep } from "node:path";
import { isErrno } from "@waymark/files";
import { listLinkedWorktrees, removeLinkedWorktree } from "@waymark/git";
import type { Project } from "../project.ts";
import { endLeftProcesses } from "./left-processes.ts";
import { listPlaceNumbers, placePath, poolFolder, recordPath, tryLockPlace } from "./pool.ts";
import { removeTree } from "./remove-files.ts";

/** Lists the work trees of the pool that Git knows, absolute, also those whose folders are gone. */
export function listPoolWorktrees(project: Project): readonly string[] {
  const pool = poolFolder(project);
  return listLinkedWorktrees(project.repo).flatMap(({ path }) => (path.startsWith(pool + sep) ? [path] : []));
}

/**
 * Removes the work trees of the pool that no run uses now, and has Git forget them: the next run elsewhere makes a new
 * one. What killed runs left running in them is ended first; one that somebody looks into stays.
 *
 * @returns The folders that were removed, absolute.
 */
export async function removeIdlePlaces(project: Project): Promise<readonly string[]> {
  const pool = poolFolder(project);
  const removed: string[] = [];
  for (const number of listPlaceNumbers(pool)) {
    const lock = tryLockPlace(pool, number);
    if (lock === undefined) continue;
    const path = placePath(pool, number);
    let isGone = false;
    try {
      if ((await endLeftProcesses(path)).others.length > 0) continue;
      removeLinkedWorktree(project.repo, path, removeTree);
      rmSync(recordPath(pool, number), { force: true });
      isGone = true;
      removed.push(path);
    } finally {
      lock.release();
      if (isGone) removeLockFolder(`${path}.lock`);
    }
  }
  for (const path of listPoolWorktrees(project)) {
    // Somebody deleted the folder by hand, and the record with it.
    if (!existsSync(path) && removeForgotten(project, pool, path)) removed.push(path);
  }
  return removed;
}

function removeForgotten(project: Project, pool: string, path: string): boolean {
  const name = path.slice(pool.length + 1);
  const lock = /^[1-9]\d*$/u.test(name) ? tryLockPlace(pool, Number(name)) : undefined;
  if (lock === undefined) return false;
  try {
    removeLinkedWorktree(project.repo, path, removeTree);
    return true;
  } finally {
    lock.release();
    removeLockFolder(`${path}.lock`);
  }
}

/** Somebody may be taking it at this very moment: then it is not empty, and stays. */
function removeLockFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!isErrno(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
  }
}
