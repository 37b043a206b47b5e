import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeFolder, TEMPORARY_FOLDER } from "../cache-layout.ts";
import type { LinkType } from "../config/dvc-config.ts";
import { isSameStamp, stampOf, type FileStamp } from "../state/file-stamp.ts";
import { StateLog } from "../state/state-log.ts";

/** What every thread has to know of the cache it works on. */
export interface CacheSettings {
  readonly cacheDir: string;
  readonly isShared: boolean;
  readonly isDurable: boolean;
  /** In the order they are tried; only what works between this cache and this project. */
  readonly linkTypes: readonly LinkType[];
  /**
   * Folder for files of the work tree while they are made, and its device: what a killed process leaves there is not in
   * anybody's data.
   */
  readonly scratch: { readonly folder: string; readonly dev: number };
  /** File of the state database with the objects whose bytes are known to match their names. */
  readonly provenObjects: string;
}

const proven = new Map<string, StateLog>();

/** Tells whether the state database knows that an object's bytes match its name. */
export function isProvenObject(path: string, md5: string, settings: CacheSettings): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && isProvenStamp(stampOf(stats), md5, settings);
}

/** As {@link isProvenObject}, of an object that was looked at a moment ago. */
export function isProvenStamp(stamp: FileStamp, md5: string, { provenObjects }: CacheSettings): boolean {
  let log = proven.get(provenObjects);
  if (log === undefined) {
    log = new StateLog(provenObjects);
    proven.set(provenObjects, log);
  }
  const entry = log.get(md5);
  return entry !== undefined && isSameStamp(entry.stamp, stamp);
}

/** Returns a path for a temporary file on the file system of the objects. */
export function temporaryObject({ cacheDir, isShared }: CacheSettings): string {
  const folder = join(cacheDir, "files", TEMPORARY_FOLDER);
  if (!existsSync(folder)) makeFolder(folder, isShared);
  return join(folder, `${process.pid}-${randomName()}`);
}

let lastFolder = "";
let lastDev = -1;

/** Returns a path for a temporary file that can be renamed to a file of the work tree. */
export function temporaryFor(path: string, { scratch }: CacheSettings): string {
  const folder = dirname(path);
  if (folder !== lastFolder) {
    lastDev = statSync(folder).dev;
    lastFolder = folder;
  }
  return lastDev === scratch.dev ? join(scratch.folder, `${process.pid}-${randomName()}`) : temporaryBeside(path);
}

/** Returns a path for a temporary file beside a file of the work tree. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 100)}.${randomName()}.tmp`);
}

let counter = 0;
const session = randomBytes(6).toString("hex");

function randomName(): string {
  return `${session}${(counter += 1).toString(36)}`;
}
