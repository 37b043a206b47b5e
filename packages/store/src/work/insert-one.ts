import { chmodSync, renameSync, statSync } from "node:fs";
import { objectPath } from "../cache-layout.ts";
import { FileChangedError } from "../errors.ts";
import type { StampedHash } from "../hash.ts";
import { flushSync, linkFileSync, removeIfPresent, tryCloneSync, tryLinkSync } from "../place-file.ts";
import { isObjectPresent, OBJECT_MODE, publishObject, writeObject } from "../publish-object.ts";
import { isSameStamp, stampOf, type FileStamp } from "../state/file-stamp.ts";
import { hashOne } from "./hash-one.ts";
import type { JobControl } from "./job-control.ts";
import { isProvenObject, temporaryFor, temporaryObject, type CacheSettings } from "./object-files.ts";
import { holdsBytes, readSmallSync, SMALL_BYTES } from "./read-small.ts";
import { streamFile } from "./stream-file.ts";

/** A file that is to come into the cache. */
export interface FileToInsert {
  readonly path: string;
  /** As it was seen last: chooses the way. */
  readonly sizeBytes: number;
  /** A symbolic link: it becomes a file, as when DVC adds it. */
  readonly isLink: boolean;
}

/** How {@link insertOne} treats the file itself. */
export interface InsertSettings extends CacheSettings {
  /** The file afterwards shares its bytes with the object as configured. `false`: it is left alone. */
  readonly isRelinking: boolean;
}

/** A file that is in the cache now. */
export interface Inserted extends StampedHash {
  /** How its object looks; `undefined` where only copies are made, which are verified on the way. */
  readonly objectStamp: FileStamp | undefined;
}

/**
 * Puts a file into the cache: hashes the very bytes that become the object, and gives them their name only then.
 *
 * ```
 * link or clone wished for   file ─link, clone─▶ temporary ─hash─▶ object
 * otherwise                  file ─read, hash──▶ temporary ──────▶ object
 * ```
 *
 * @returns The hash, with how the file looks now.
 * @throws As `hashFileSync`, and system errors such as a full disk; the cache then holds nothing new.
 */
export async function insertOne(file: FileToInsert, settings: InsertSettings, control: JobControl): Promise<Inserted> {
  const hash = await insert(file, settings, control);
  const isCopying = (settings.linkTypes[0] ?? "copy") === "copy";
  return { ...hash, objectStamp: isCopying ? undefined : lookAtFile(objectPath(settings.cacheDir, hash.md5)) };
}

async function insert(file: FileToInsert, settings: InsertSettings, control: JobControl): Promise<StampedHash> {
  const type = settings.linkTypes[0] ?? "copy";
  const isLinking = settings.isRelinking && (type === "hardlink" || type === "symlink");
  // Never a link when the file is left alone: the program that made it would write its next state into the object.
  if (isLinking && !file.isLink) {
    const temporary = temporaryObject(settings);
    if (tryLinkSync(file.path, temporary, "hardlink")) {
      return await withTemporary(temporary, async () => insertLinked(file, temporary, settings, control));
    }
  }
  const hash = await insertCopy(file, settings, control);
  if (!settings.isRelinking || !(isLinking || file.isLink)) return hash;
  linkBack(objectPath(settings.cacheDir, hash.md5), file.path, settings);
  return { ...hash, stamp: lookAtFile(file.path) };
}

/** The file gives its own bytes to the cache. */
async function insertLinked(
  { path, sizeBytes }: FileToInsert,
  temporary: string,
  settings: InsertSettings,
  control: JobControl,
): Promise<Attempt> {
  const hash = await hashOne(temporary, sizeBytes, false, control);
  if (settings.isDurable) flushSync(temporary);
  const object = objectPath(settings.cacheDir, hash.md5);
  const present = statSync(object, { bigint: true, throwIfNoEntry: false });
  const isSameFile = present?.ino === hash.stamp.ino && present.dev === hash.stamp.dev;
  const isThere =
    !isSameFile && isObjectPresent(object, hash.sizeBytes) && (await isIntact(object, hash, settings, control));
  const isTaken = !isSameFile && !isThere;
  if (isTaken) publishObject(temporary, object, settings);
  else if (isSameFile) chmodSync(object, OBJECT_MODE);
  if (settings.linkTypes[0] === "symlink" || isThere) linkBack(object, path, settings);
  return { hash: { ...hash, stamp: lookAtFile(path) }, isTaken };
}

/** Whether an object is what its name says: other files may be links to it, so one that is stays where it is. */
async function isIntact(
  object: string,
  { md5, sizeBytes }: StampedHash,
  settings: InsertSettings,
  control: JobControl,
): Promise<boolean> {
  if (isProvenObject(object, md5, settings)) return true;
  const found = await hashOne(object, sizeBytes, false, control);
  // No part of the work that was announced.
  control.addBytes(-found.sizeBytes);
  return found.md5 === md5;
}

async function insertCopy(file: FileToInsert, settings: InsertSettings, control: JobControl): Promise<StampedHash> {
  const isCloning = settings.linkTypes.includes("reflink");
  if (!isCloning && file.sizeBytes <= SMALL_BYTES) {
    const small = readSmallSync(file.path);
    if (small !== undefined) {
      control.addBytes(small.sizeBytes);
      const object = objectPath(settings.cacheDir, small.md5);
      // One that is damaged is replaced by what it should be.
      if (!isObjectPresent(object, small.sizeBytes) || !holdsBytes(object, small.data)) {
        writeObject(temporaryObject(settings), object, small.data, settings);
      }
      return { md5: small.md5, sizeBytes: small.sizeBytes, stamp: small.stamp };
    }
  }
  const temporary = temporaryObject(settings);
  return await withTemporary(temporary, async () => {
    const hash =
      (isCloning ? await hashClone(file, temporary, settings, control) : undefined) ??
      (await streamFile(file.path, control, temporary, settings.isDurable));
    const object = objectPath(settings.cacheDir, hash.md5);
    const isThere = isObjectPresent(object, hash.sizeBytes) && isProvenObject(object, hash.md5, settings);
    // An object that nobody vouches for is not worth reading: here is one whose bytes are known.
    if (!isThere) publishObject(temporary, object, settings);
    return { hash, isTaken: !isThere };
  });
}

/** A clone is the file of one moment; whether a program was in the middle of writing it, only the times tell. */
async function hashClone(
  { path, sizeBytes }: FileToInsert,
  temporary: string,
  settings: InsertSettings,
  control: JobControl,
): Promise<StampedHash | undefined> {
  const before = lookAtFile(path);
  if (!tryCloneSync(path, temporary)) return undefined;
  const hash = await hashOne(temporary, sizeBytes, false, control);
  if (!isSameStamp(before, lookAtFile(path))) throw new FileChangedError(path);
  if (settings.isDurable) flushSync(temporary);
  return { ...hash, stamp: before };
}

/** Puts an object in the place of the file it was made from. */
function linkBack(object: string, path: string, settings: CacheSettings): void {
  const temporary = temporaryFor(path, settings);
  try {
    const type = linkFileSync(object, temporary, settings.linkTypes);
    if (type === "reflink" || type === "copy") chmodSync(temporary, 0o666 & ~process.umask());
    renameSync(temporary, path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
}

function lookAtFile(path: string): FileStamp {
  return stampOf(statSync(path, { bigint: true }));
}

/** What became of a temporary file: whether it is an object now. */
interface Attempt {
  readonly hash: StampedHash;
  readonly isTaken: boolean;
}

async function withTemporary(temporary: string, work: () => Promise<Attempt>): Promise<StampedHash> {
  let isTaken = false;
  try {
    const attempt = await work();
    isTaken = attempt.isTaken;
    return attempt.hash;
  } finally {
    if (!isTaken) removeIfPresent(temporary);
  }
}
