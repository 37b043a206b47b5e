import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { isErrno } from "@waymark/files";
import type { LinkType } from "./config/dvc-config.ts";
import { copyAndHashSync, hashFileSync, type ContentHash } from "./hash.ts";

/** What a file system answers when it cannot make a kind of link. */
const CANNOT = ["ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOSYS", "ENOTTY", "EPERM", "EMLINK"];

/** A copy or link that was made under a temporary name. */
export interface PlacedFile {
  readonly type: LinkType;
  /** Hash of the bytes behind the new name. */
  readonly hash: ContentHash;
}

/**
 * Makes `target`, which must not exist, share or repeat the bytes of `source` by the first type that works, and hashes
 * what it made: of a copy on the way, of a link afterwards.
 *
 * @param isDurable - A copy or clone is flushed to the disk before the call returns.
 * @throws System errors; the target is removed then.
 */
export function placeFileSync(
  source: string,
  target: string,
  types: readonly LinkType[],
  isDurable: boolean,
): PlacedFile {
  try {
    for (const type of types) {
      const hash = tryType(source, target, type, isDurable);
      if (hash !== undefined) return { type, hash };
    }
    // Every list of types ends here: a copy is always possible.
    return { type: "copy", hash: copy(source, target, isDurable) };
  } catch (error) {
    removeIfPresent(target);
    throw error;
  }
}

/** Removes a file that may not be there. */
export function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

function tryType(source: string, target: string, type: LinkType, isDurable: boolean): ContentHash | undefined {
  switch (type) {
    case "reflink":
      return clone(source, target, isDurable);
    case "hardlink":
      return possible(() => linkSync(source, target)) ? hashFileSync(target) : undefined;
    case "symlink":
      return possible(() => symlinkSync(source, target)) ? hashFileSync(target) : undefined;
    case "copy":
      return copy(source, target, isDurable);
  }
}

function clone(source: string, target: string, isDurable: boolean): ContentHash | undefined {
  const flags = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
  if (!possible(() => copyFileSync(source, target, flags))) {
    removeIfPresent(target);
    return undefined;
  }
  // A clone carries the mode of its source, which may forbid what follows.
  chmodSync(target, 0o600);
  // The clone does not change any more, so this is the hash of one moment whatever happens to the source.
  const hash = hashFileSync(target);
  if (isDurable) flush(target);
  return hash;
}

function copy(source: string, target: string, isDurable: boolean): ContentHash {
  const descriptor = openSync(target, "wx", 0o600);
  try {
    const hash = copyAndHashSync(source, descriptor, isDurable);
    if (isDurable) fsyncSync(descriptor);
    return hash;
  } finally {
    closeSync(descriptor);
  }
}

function flush(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function possible(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (isErrno(error, ...CANNOT)) return false;
    throw error;
  }
}
