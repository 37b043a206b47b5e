import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
} from "node:fs";
import { unlinkSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isErrno } from "./errno.ts";

/** How {@link replaceFileSync} writes. */
export interface ReplaceFileOptions {
  /** Survives power loss: the data and the folder are flushed before the call returns. Default `false`. */
  readonly durable?: boolean;
  /**
   * Folder for the temporary file, on the same file system as the target. Default: beside the target. A folder of
   * our own keeps what a killed process leaves behind out of sight.
   */
  readonly temporaryFolder?: string;
}

const TEMPORARY_SUFFIX = ".tmp";
let counter = 0;

/**
 * Replaces a file in one step: writes beside it and renames, so that a reader finds the old content or the new, never
 * less. Missing folders are made; a symbolic link keeps pointing where it does; an existing file keeps its mode.
 *
 * @throws System errors as they are; the old content then stays.
 */
export function replaceFileSync(path: string, data: string | Uint8Array, options: ReplaceFileOptions = {}): void {
  const target = followLink(path);
  const folder = options.temporaryFolder ?? dirname(target);
  try {
    replaceThrough(folder, target, data, options.durable === true);
  } catch (error) {
    if (isErrno(error, "ENOENT")) {
      mkdirSync(dirname(target), { recursive: true });
      mkdirSync(folder, { recursive: true });
    } else if (!isErrno(error, "EXDEV")) {
      throw error;
    }
    // Another file system than the target's cannot rename into place: beside the target always can.
    replaceThrough(isErrno(error, "EXDEV") ? dirname(target) : folder, target, data, options.durable === true);
  }
}

/**
 * Removes temporary files that killed writers left in a folder. Only for folders that nobody else writes to, such as
 * one whose lock is held.
 */
export function removeTemporaryFilesSync(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return;
    throw error;
  }
  for (const name of names) {
    if (!name.startsWith(".") || !name.endsWith(TEMPORARY_SUFFIX)) continue;
    try {
      unlinkSync(join(folder, name));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}

function replaceThrough(folder: string, target: string, data: string | Uint8Array, durable: boolean): void {
  const temporary = join(folder, `.${basename(target)}.${process.pid}-${(counter += 1)}${TEMPORARY_SUFFIX}`);
  const mode = existingMode(target);
  const descriptor = openSync(temporary, "w", 0o666);
  try {
    try {
      if (typeof data === "string") writeFileSync(descriptor, data);
      else writeAll(descriptor, data);
      if (mode !== undefined) fchmodSync(descriptor, mode);
      if (durable) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    try {
      unlinkSync(temporary);
    } catch {
      // The first error is the one to report.
    }
    throw error;
  }
  if (durable) syncFolder(dirname(target));
}

function writeAll(descriptor: number, data: Uint8Array): void {
  let offset = 0;
  while (offset < data.byteLength) offset += writeSync(descriptor, data, offset);
}

/** The permission bits of an existing file. */
function existingMode(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.mode & 0o7777;
}

function followLink(path: string): string {
  let target = resolve(path);
  // As deep as Linux follows; a loop then fails in `rename` with a clear code.
  for (let depth = 0; depth < 40; depth += 1) {
    try {
      target = resolve(dirname(target), readlinkSync(target));
    } catch {
      return target;
    }
  }
  return target;
}

/** Flushes the names in a folder to the disk, so that files made or renamed there survive power loss. */
export function syncFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(folder, "r");
  } catch (error) {
    // Windows cannot open folders and needs no flush of them.
    if (isErrno(error, "EISDIR", "EPERM", "EACCES")) return;
    throw error;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!isErrno(error, "EINVAL", "EPERM")) throw error;
  } finally {
    closeSync(descriptor);
  }
}
