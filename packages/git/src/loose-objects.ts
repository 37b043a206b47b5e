import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { isErrno, syncFolder } from "@waymark/files";
import { objectHeader, objectId, type NewObject } from "./object.ts";
import type { GitRepository } from "./repository.ts";

/** How often a folder is made anew that Git takes away before the object is in it. */
const ATTEMPTS = 10;

/** Options of {@link writeObjects}. */
export interface WriteObjectsOptions {
  /** The objects survive power loss once the call returned. Default `true`. */
  readonly durable?: boolean;
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
  const pending: { temporary: string; path: string; folder: string }[] = [];
  const seen = new Set<string>();
  const made = new Set<string>();
  try {
    const ids = objects.map((object) => {
      const id = objectId(object, repo.objectFormat);
      const folder = join(repo.commonDir, "objects", id.slice(0, 2));
      const path = join(folder, id.slice(2));
      if (seen.has(id) || existsSync(path)) return id;
      seen.add(id);
      const temporary = writeInto(folder, object, durable, made);
      pending.push({ temporary, path, folder });
      return id;
    });
    for (const { temporary, path } of pending) renameSync(temporary, path);
    if (durable) for (const folder of new Set(pending.map((entry) => entry.folder))) flush(folder);
    // Names of folders that are new stand in the folder above.
    if (durable && made.size > 0) syncFolder(join(repo.commonDir, "objects"));
    return ids;
  } catch (error) {
    for (const { temporary } of pending) removeQuietly(temporary);
    throw error;
  }
}

/** Git removes folders that packing has emptied, which may be the one that was made a moment ago. */
function writeInto(folder: string, object: NewObject, durable: boolean, made: Set<string>): string {
  for (let attempt = 1; ; attempt += 1) {
    if (mkdirSync(folder, { recursive: true }) !== undefined) made.add(folder);
    try {
      return writeTemporary(folder, object, durable);
    } catch (error) {
      if (!isErrno(error, "ENOENT") || attempt === ATTEMPTS) throw error;
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
    chmodSync(temporary, 0o444);
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
