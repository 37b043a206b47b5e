import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { isErrno } from "@waymark/files";
import { removeIfPresent } from "./place-file.ts";

/** Temporary files lie beside the objects, on the same file system, in a folder no tool takes for objects. */
export const TEMPORARY_FOLDER = ".waymark-tmp";
const OLD_MS = 24 * 3600 * 1000;

/** Tells whether text is the name of an object: 32 hex digits, `.dir` for a folder. */
export function isObjectName(md5: string): boolean {
  return /^[0-9a-f]{32}(\.dir)?$/.test(md5);
}

/** Where the object of a hash lies below a cache folder. */
export function objectPath(cacheDir: string, md5: string): string {
  return join(cacheDir, "files", "md5", md5.slice(0, 2), md5.slice(2));
}

/** Where DVC 2 kept it: read, never written. */
export function legacyObjectPath(cacheDir: string, md5: string): string {
  return join(cacheDir, md5.slice(0, 2), md5.slice(2));
}

/** Returns a path for a temporary file on the file system of the objects. */
export function temporaryPath(cacheDir: string, isShared: boolean): string {
  const folder = join(cacheDir, "files", TEMPORARY_FOLDER);
  makeFolder(folder, isShared);
  return join(folder, `${process.pid}-${randomBytes(8).toString("hex")}`);
}

/** Removes temporary files of the cache that killed processes left. */
export function removeOldTemporaryFiles(cacheDir: string): void {
  removeOldFiles(join(cacheDir, "files", TEMPORARY_FOLDER));
}

/** Removes the files of a folder that nobody can be writing any more: nobody needs a day to write one. */
export function removeOldFiles(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  for (const name of names) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > OLD_MS) removeIfPresent(path);
  }
}

/** Makes a folder of the cache and those above it; of a shared cache they belong to the group. */
export function makeFolder(folder: string, isShared: boolean): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined || !isShared) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o2775);
}
