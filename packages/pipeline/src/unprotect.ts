import { chmodSync, copyFileSync, lstatSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { TrackerError } from "@waymark/core";

/** There is nothing to unprotect. */
export class NothingToUnprotectError extends TrackerError {
  override readonly code = "NOTHING_TO_UNPROTECT";

  constructor(path: string) {
    super(`'${path}' does not exist`, { hint: "Check it out first (`waymark checkout`); paths are relative to here." });
  }
}

/**
 * Makes files of the workspace safe to edit: those that share their bytes with the cache become copies, and all of them
 * become writable.
 *
 * @param path - A file or a folder, absolute.
 * @throws {@link NothingToUnprotectError}
 */
export function unprotectSync(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new NothingToUnprotectError(path);
  }
  if (stats.isDirectory()) {
    for (const name of readdirSync(path)) {
      // A link to nothing shares no bytes.
      if (statSync(join(path, name), { throwIfNoEntry: false }) !== undefined) unprotectSync(join(path, name));
    }
    return;
  }
  const isExecutable = !stats.isSymbolicLink() && (stats.mode & 0o100) !== 0;
  if (stats.isSymbolicLink() ? statSync(path).isFile() : stats.nlink > 1) replaceByCopy(path);
  if (statSync(path).isFile()) chmodSync(path, (0o666 & ~process.umask()) | (isExecutable ? 0o100 : 0));
}

/** As {@link unprotectSync}, for a path that need not be there. */
export function unprotectIfThere(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) unprotectSync(path);
}

function replaceByCopy(path: string): void {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    copyFileSync(path, temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
