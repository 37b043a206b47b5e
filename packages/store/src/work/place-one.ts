import { chmodSync, closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { isErrno } from "@waymark/files";
import type { LinkType } from "../config/dvc-config.ts";
import { CorruptObjectError, ObjectNotCachedError } from "../errors.ts";
import { removeIfPresent, tryCloneSync, tryLinkSync } from "../place-file.ts";
import { stampOf, type FileStamp } from "../state/file-stamp.ts";
import { hashOne } from "./hash-one.ts";
import type { JobControl } from "./job-control.ts";
import { isProvenStamp, temporaryFor, type CacheSettings } from "./object-files.ts";
import { readSmallSync, SMALL_BYTES } from "./read-small.ts";
import { streamFile } from "./stream-file.ts";

/** A file of the work tree that is to show an object. Its folder is there. */
export interface FileToPlace {
  readonly path: string;
  /** The object's name, and where it lies. */
  readonly md5: string;
  readonly object: string;
  readonly isExecutable: boolean;
  /** Named by the hash of DVC 2. */
  readonly isLegacy: boolean;
  /** Nothing stands in its place. */
  readonly isNew: boolean;
}

/** A file that shows its object. */
export interface Placed {
  readonly stamp: FileStamp;
  /** How the object looks now, when its bytes are known to match its name. */
  readonly objectStamp: FileStamp | undefined;
}

/**
 * Puts a file of the work tree in its place: its bytes are hashed first, or known from before by the state database, so
 * that a damaged object is never seen in the work tree. What stood there stays until the new file is complete.
 *
 * @throws {@link CorruptObjectError}, {@link ObjectNotCachedError}, and system errors; the place is as it was then.
 */
export async function placeOne(file: FileToPlace, settings: CacheSettings, control: JobControl): Promise<Placed> {
  const object = statSync(file.object, { bigint: true, throwIfNoEntry: false });
  if (object === undefined) throw new ObjectNotCachedError(file.md5, file.path);
  const sizeBytes = Number(object.size);
  for (const type of typesFor(file, settings.linkTypes)) {
    if (type === "copy") break;
    const placed = await placeLink(file, type, stampOf(object), settings, control);
    if (placed !== undefined) return placed;
  }
  await placeCopy(file, sizeBytes, settings, control);
  return { stamp: stampOf(statSync(file.path, { bigint: true })), objectStamp: undefined };
}

/** The owner's execute bit would be the object's, too: such a file gets bytes of its own. */
function typesFor({ isExecutable }: FileToPlace, types: readonly LinkType[]): readonly LinkType[] {
  return isExecutable ? types.filter((type) => type === "reflink" || type === "copy") : types;
}

async function placeLink(
  file: FileToPlace,
  type: "reflink" | "hardlink" | "symlink",
  object: FileStamp,
  settings: CacheSettings,
  control: JobControl,
): Promise<Placed | undefined> {
  // A new name can be given at once: a link is complete as soon as it is there.
  const isDirect = file.isNew && type !== "reflink";
  const temporary = isDirect ? file.path : temporaryFor(file.path, settings);
  const isProven = isProvenStamp(object, file.md5, settings);
  if (isProven) control.addBytes(Number(object.size));
  // What was read may be another file than the one that was looked at: the hash is of this one.
  const before = isProven ? object : await requireIntact(file, file.object, Number(object.size), control);
  let isMade: boolean;
  try {
    isMade = type === "reflink" ? tryCloneSync(file.object, temporary) : tryLinkSync(file.object, temporary, type);
  } catch (error) {
    // Somebody else was there first.
    if (isDirect && isErrno(error, "EEXIST")) {
      return await placeLink({ ...file, isNew: false }, type, object, settings, control);
    }
    throw error;
  }
  if (!isMade) return undefined;
  try {
    if (type === "reflink") chmodSync(temporary, workMode(file.isExecutable));
    if (!isDirect) renameSync(temporary, file.path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
  const stamp = stampOf(statSync(file.path, { bigint: true }));
  const isSame = type === "reflink" || (stamp.ino === before.ino && stamp.mtimeNs === before.mtimeNs);
  if (!isSame || stamp.size !== before.size) throw damaged(file, "it changed while it was linked");
  // A name more is a change of the object's, which a clone of it is not.
  return { stamp, objectStamp: type === "reflink" ? before : stamp };
}

async function placeCopy(
  file: FileToPlace,
  sizeBytes: number,
  settings: CacheSettings,
  control: JobControl,
): Promise<void> {
  const temporary = temporaryFor(file.path, settings);
  try {
    const small = sizeBytes <= SMALL_BYTES && !file.isLegacy ? readSmallSync(file.object) : undefined;
    if (small === undefined) {
      const hash = await streamFile(file.object, control, temporary);
      if (file.isLegacy) await requireIntact(file, temporary, sizeBytes, control);
      else requireHash(file, hash.md5);
      chmodSync(temporary, workMode(file.isExecutable));
    } else {
      requireHash(file, small.md5);
      control.addBytes(small.sizeBytes);
      // The user's mask takes its part of this mode.
      writeFile(temporary, small.data, file.isExecutable ? 0o766 : 0o666);
    }
    renameSync(temporary, file.path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
}

function writeFile(path: string, data: Uint8Array, mode: number): void {
  const descriptor = openSync(path, "wx", mode);
  try {
    for (let offset = 0; offset < data.byteLength;) offset += writeSync(descriptor, data, offset);
  } finally {
    closeSync(descriptor);
  }
}

async function requireIntact(
  file: FileToPlace,
  path: string,
  sizeBytes: number,
  control: JobControl,
): Promise<FileStamp> {
  const { md5, stamp } = await hashOne(path, sizeBytes, file.isLegacy, control);
  requireHash(file, md5);
  return stamp;
}

function requireHash(file: FileToPlace, md5: string): void {
  if (md5 !== file.md5) throw damaged(file, "its bytes do not match its name");
}

function damaged({ md5, object }: FileToPlace, why: string): CorruptObjectError {
  return new CorruptObjectError(md5, object, why);
}

function workMode(isExecutable: boolean): number {
  return (0o666 & ~process.umask()) | (isExecutable ? 0o100 : 0);
}
