import { chmodSync, copyFileSync, lstatSync, renameSync, statSync } from "node:fs";
import { MissingSourceError } from "./errors.ts";
import { removeIfPresent } from "./place-file.ts";
import { lookAt, visitFolder } from "./scan-folder.ts";
import { temporaryBeside } from "./work/object-files.ts";

const OWNER_WRITE = 0o200;

/**
 * Makes a file, or every file of a folder, one that can be changed without changing the cache: links to the cache
 * become copies, read-only files writable.
 *
 * @returns How many files were changed.
 * @throws {@link MissingSourceError}
 */
export function unprotectSync(path: string): number {
  const stats = lookAt(path);
  if (stats === undefined) throw new MissingSourceError(path);
  if (!stats.isDirectory()) return unprotectFile(path) ? 1 : 0;
  let changed = 0;
  visitFolder(path, { isStrict: false }, (_relpath, file) => {
    if (lookAt(file)?.isFile() === true && unprotectFile(file)) changed += 1;
  });
  return changed;
}

function unprotectFile(path: string): boolean {
  const own = lstatSync(path);
  const { mode } = statSync(path);
  const open = (0o666 & ~process.umask()) | (mode & 0o111);
  if (!own.isSymbolicLink() && own.nlink === 1) {
    if ((mode & OWNER_WRITE) !== 0) return false;
    chmodSync(path, open);
    return true;
  }
  const temporary = temporaryBeside(path);
  try {
    copyFileSync(path, temporary);
    chmodSync(temporary, open);
    renameSync(temporary, path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
  return true;
}
