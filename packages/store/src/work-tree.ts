import { lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync, unlinkSync, type Stats } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { isErrno } from "@waymark/files";
import { isSafeRelpath } from "./directory.ts";
import { PathEscapesError } from "./errors.ts";
import { removeIfPresent } from "./place-file.ts";

/** Makes the folders above a path, replacing a file that stands in the way, and never goes through a link. */
export function makeParents(root: string, path: string): void {
  const parts = path.split("/").slice(0, -1);
  for (const [depth] of parts.entries()) {
    const folder = join(root, ...parts.slice(0, depth + 1));
    const stats = statNoFollow(folder);
    if (stats === undefined) mkdirSync(folder, { recursive: true });
    else if (!stats.isDirectory() && !stats.isSymbolicLink()) {
      unlinkSync(folder);
      mkdirSync(folder);
    }
  }
  requireInside(root, path);
}

/** A folder without files may stand where a file is to be. */
export function clearWay(root: string, path: string): void {
  const target = join(root, path);
  if (statNoFollow(target)?.isDirectory() !== true) return;
  for (const name of readdirSync(target)) clearWay(root, `${path}/${name}`);
  rmdirSync(target);
}

/** Removes a file and the folders it leaves empty, up to the root. */
export function removeFile(root: string, path: string): void {
  removeIfPresent(join(root, path));
  const parts = path.split("/");
  for (let length = parts.length - 1; length > 0; length -= 1) {
    try {
      rmdirSync(join(root, ...parts.slice(0, length)));
    } catch (error) {
      if (isErrno(error, "ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR", "EBUSY", "EPERM")) return;
      throw error;
    }
  }
}

/** @throws {@link PathEscapesError} when a path leads out of the root, by its text or through a symbolic link. */
export function requireInside(root: string, path: string): void {
  if (!isSafeRelpath(path)) throw new PathEscapesError(path, root);
  const realRoot = realpathSync(root);
  let folder = dirname(resolve(root, path));
  for (;;) {
    let real: string;
    try {
      real = realpathSync(folder);
    } catch (error) {
      if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
      folder = dirname(folder);
      continue;
    }
    const way = relative(realRoot, real);
    if (way === ".." || way.startsWith(`..${sep}`) || resolve(way) === way) throw new PathEscapesError(path, root);
    return;
  }
}

/** Looks at what stands at a place itself; `undefined`: nothing does. */
export function statNoFollow(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}
