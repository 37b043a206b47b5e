import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { type GitPlace, listUntrackedPaths } from "@waymark/git";
import { statNoFollow } from "../work-tree-paths.ts";

/** Deletes a file or a folder with everything in it, read-only folders too. Links are deleted and never followed. */
export function removeTree(path: string | Buffer): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error, "EACCES", "EPERM", "ENOTEMPTY")) throw error;
    if (typeof path === "string") makeWritable(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Deletes everything in a work tree that its index does not hold, ignored or not.
 *
 * @param kept - What stays, with everything below it. Relative to the root, `/` between parts.
 * @param env - For Git, such as `GIT_INDEX_FILE`.
 */
export async function removeUntracked(
  place: GitPlace,
  kept: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const isKept = new Set(kept);
  const above = new Set(kept.flatMap((path) => foldersAbove(path)));
  const remove = (path: string): void => {
    if (isKept.has(path) || foldersAbove(path).some((folder) => isKept.has(folder))) return;
    const absolute = join(place.root, path);
    if (!above.has(path) || statNoFollow(absolute)?.isDirectory() !== true) return removeTree(absolute);
    for (const name of readdirSync(absolute)) remove(`${path}/${name}`);
  };
  for (const { bytes, path } of await listUntrackedPaths(place, env)) {
    if (path === undefined) removeTree(Buffer.concat([Buffer.from(`${place.root}/`), bytes]));
    else remove(path);
  }
}

/** The folders above a path, the nearest first. */
function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) folders.push(path.slice(0, end));
  return folders;
}

function makeWritable(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() !== true) return;
  chmodSync(path, stats.mode | 0o700);
  for (const name of readdirSync(path)) makeWritable(join(path, name));
}
