import {
  fchmodSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { isErrno, syncFolder } from "@waymark/files";
import { objectHeader, objectId, type NewObject } from "./object.ts";
import type { GitRepository } from "./repository.ts";

/** How often an object is written anew whose folder, or whose temporary file, Git takes away. */
const ATTEMPTS = 10;
/** File systems count time in steps, some of 2 s. */
const CLOCK_STEP_MS = 2000;

/** Options of {@link writeObjects}. */
export interface WriteObjectsOptions {
  /** The objects survive power loss once the call returned. Default `true`. */
  readonly durable?: boolean;
}

/** An object that is written, and does not have its name yet. */
interface PendingObject {
  readonly object: NewObject;
  readonly folder: string;
  readonly path: string;
  temporary: string;
}

/**
 * Writes objects into the repository, without starting a process.
 *
 * Every object is complete and flushed under a temporary name before any of them gets its own, so a reader, and a
 * repository after a crash, sees whole objects only. Temporary names are Git's (`tmp_obj_…`), which `git prune` clears
 * away. Objects that are there as loose files already are not written again.
 *
 * @returns The ids, in the order of `objects`.
 */
export function writeObjects(
  repo: GitRepository,
  objects: readonly NewObject[],
  options: WriteObjectsOptions = {},
): readonly string[] {
  const durable = options.durable ?? true;
  const pending: PendingObject[] = [];
  const seen = new Set<string>();
  const made = new Set<string>();
  try {
    const ids = objects.map((object) => {
      const id = objectId(object, repo.objectFormat);
      const folder = join(repo.commonDir, "objects", id.slice(0, 2));
      const path = join(folder, id.slice(2));
      if (seen.has(id) || keepsForLonger(path)) return id;
      seen.add(id);
      const temporary = writeInto(folder, object, durable, made);
      pending.push({ object, folder, path, temporary });
      return id;
    });
    for (const entry of pending) giveName(entry, durable, made);
    if (durable) for (const folder of new Set(pending.map((entry) => entry.folder))) flush(folder);
    // Names of folders that are new stand in the folder above.
    if (durable && made.size > 0) syncFolder(join(repo.commonDir, "objects"));
    return ids;
  } catch (error) {
    for (const { temporary } of pending) removeQuietly(temporary);
    throw error;
  }
}

/**
 * Flushes the names of objects that Git commands have written since a moment: Git flushes what they hold, and not the
 * folders they are in.
 */
export function syncObjectFolders({ commonDir }: GitRepository, sinceMs: number): void {
  const objects = join(commonDir, "objects");
  const folders = readdirSync(objects).filter((name) => /^(?:[0-9a-f]{2}|pack)$/u.test(name));
  for (const name of folders) {
    const folder = join(objects, name);
    const changedMs = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedMs >= sinceMs - CLOCK_STEP_MS) flush(folder);
  }
  flush(objects);
}

/**
 * Whether the object is there, which makes it young as Git does: `git gc` removes what nothing names once it is two weeks
 * old, and may be at it before the commit that needs this object has a name.
 */
function keepsForLonger(path: string): boolean {
  const now = new Date();
  try {
    utimesSync(path, now, now);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return false;
    // It belongs to somebody else.
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  }
}

/** Git removes folders that packing has emptied, which may be the one that was made a moment ago. */
function writeInto(folder: string, object: NewObject, durable: boolean, made: Set<string>): string {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (mkdirSync(folder, { recursive: true }) !== undefined) made.add(folder);
      return writeTemporary(folder, object, durable);
    } catch (error) {
      if (!isErrno(error, "ENOENT") || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * `git prune --expire=now`, and so `git gc --prune=now`, clears away every `tmp_obj_…` there is, those of others that are
 * still at work among them. What it took is written once more.
 */
function giveName(entry: PendingObject, durable: boolean, made: Set<string>): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      renameSync(entry.temporary, entry.path);
      return;
    } catch (error) {
      if (!isErrno(error, "ENOENT") || attempt === ATTEMPTS) throw error;
      entry.temporary = writeInto(entry.folder, entry.object, durable, made);
    }
  }
}

/** A folder that is gone by now was emptied by packing, which flushes what it packs. */
function flush(folder: string): void {
  try {
    syncFolder(folder);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

function writeTemporary(folder: string, object: NewObject, durable: boolean): string {
  const temporary = join(folder, `tmp_obj_${randomBytes(6).toString("hex")}`);
  const descriptor = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o444);
  try {
    const header = objectHeader(object.type, object.data.byteLength);
    // Level 1 is what Git itself takes for loose objects: they are packed later, with deltas and a better level.
    const content = deflateSync(Buffer.concat([header, object.data]), { level: 1 });
    for (let offset = 0; offset < content.byteLength;) offset += writeSync(descriptor, content, offset);
    if (durable) fsyncSync(descriptor);
    fchmodSync(descriptor, 0o444);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return temporary;
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It has its own name already, or was never made: the first error is the one to report.
  }
}
