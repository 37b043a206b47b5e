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

/**
 * Makes `target`, which must not exist, share or repeat the bytes of `source` by the first type that works, and reads
 * none of them: for a source whose bytes are known.
 *
 * @throws System errors; the target is removed then.
 */
export function linkFileSync(source: string, target: string, types: readonly LinkType[]): LinkType {
  try {
    for (const type of types) {
      if (type === "copy") break;
      if (type === "reflink" ? tryCloneSync(source, target) : tryLinkSync(source, target, type)) return type;
    }
    copyFileSync(source, target, constants.COPYFILE_EXCL);
    return "copy";
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
    case "symlink":
      return tryLinkSync(source, target, type) ? hashFileSync(target) : undefined;
    case "copy":
      return copy(source, target, isDurable);
  }
}

/**
 * Makes `target`, which must not exist, a clone of `source`, writable for its owner.
 *
 * @returns `false` where the file system cannot.
 */
export function tryCloneSync(source: string, target: string): boolean {
  const flags = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
  if (!isPossible(() => copyFileSync(source, target, flags))) {
    removeIfPresent(target);
    return false;
  }
  // A clone carries the mode of its source, which may forbid what follows.
  chmodSync(target, 0o600);
  return true;
}

/**
 * Links `target`, which must not exist, to `source`.
 *
 * @returns `false` where the file system cannot.
 */
export function tryLinkSync(source: string, target: string, type: "hardlink" | "symlink"): boolean {
  return isPossible(() => (type === "hardlink" ? linkSync(source, target) : symlinkSync(source, target)));
}

function clone(source: string, target: string, isDurable: boolean): ContentHash | undefined {
  if (!tryCloneSync(source, target)) return undefined;
  // The clone does not change any more, so this is the hash of one moment whatever happens to the source.
  const hash = hashFileSync(target);
  if (isDurable) flushSync(target);
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

/** Sends the bytes of a file to the disk. */
export function flushSync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isPossible(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (isErrno(error, ...CANNOT)) return false;
    throw error;
  }
}
