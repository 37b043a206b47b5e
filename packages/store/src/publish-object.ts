import { chmodSync, closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno, syncFolder } from "@waymark/files";
import { makeFolder } from "./cache-layout.ts";
import { removeIfPresent } from "./place-file.ts";

/** Mode of every object: DVC takes one that has it for intact. */
export const OBJECT_MODE = 0o444;

/** How objects come into a cache. */
export interface PublishOptions {
  /** Folders of the cache belong to the group. */
  readonly isShared: boolean;
  /** What is in the cache survives power loss once the call returned. */
  readonly isDurable: boolean;
}

/** Gives a complete file under a temporary name its name as an object: from now on it counts. */
export function publishObject(temporary: string, path: string, { isShared, isDurable }: PublishOptions): void {
  chmodSync(temporary, OBJECT_MODE);
  renameIntoCache(temporary, path, { isShared, isDurable });
}

/** Writes an object that is in memory. */
export function writeObject(temporary: string, path: string, data: Uint8Array, options: PublishOptions): void {
  const descriptor = openSync(temporary, "wx", OBJECT_MODE);
  try {
    writeAllSync(descriptor, data);
    if (options.isDurable) fsyncSync(descriptor);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  } finally {
    closeSync(descriptor);
  }
  try {
    // The mode asked for above stands unless the user's mask takes part of it.
    if ((process.umask() & OBJECT_MODE) !== 0) chmodSync(temporary, OBJECT_MODE);
    renameIntoCache(temporary, path, options);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
}

/** Tells whether an object of this size is there as we and DVC would have written it. */
export function isObjectPresent(path: string, sizeBytes: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && stats.size === sizeBytes && (stats.mode & 0o777) === OBJECT_MODE;
}

function renameIntoCache(temporary: string, path: string, { isShared, isDurable }: PublishOptions): void {
  try {
    renameSync(temporary, path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    makeFolder(dirname(path), isShared);
    renameSync(temporary, path);
    // The name of a folder that is new stands in the folder above.
    if (isDurable) syncFolder(dirname(dirname(path)));
  }
  if (isDurable) syncFolder(dirname(path));
}

function writeAllSync(descriptor: number, data: Uint8Array): void {
  for (let offset = 0; offset < data.byteLength;) offset += writeSync(descriptor, data, offset);
}
