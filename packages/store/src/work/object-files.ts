import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { temporaryPath } from "../cache-layout.ts";
import type { LinkType } from "../config/dvc-config.ts";
import { stampOf } from "../state/file-stamp.ts";
import { StateLog } from "../state/state-log.ts";
import { isSameStamp } from "../state/file-stamp.ts";

/** What every thread has to know of the cache it works on. */
export interface CacheSettings {
  readonly cacheDir: string;
  readonly isShared: boolean;
  readonly isDurable: boolean;
  /** In the order they are tried; only what works between this cache and this project. */
  readonly linkTypes: readonly LinkType[];
  /** File of the state database with the objects whose bytes are known to match their names. */
  readonly provenObjects: string;
}

const proven = new Map<string, StateLog>();

/** Tells whether the state database knows that an object's bytes match its name. */
export function isProvenObject(path: string, md5: string, { provenObjects }: CacheSettings): boolean {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return false;
  let log = proven.get(provenObjects);
  if (log === undefined) {
    log = new StateLog(provenObjects);
    proven.set(provenObjects, log);
  }
  const entry = log.get(md5);
  return entry !== undefined && isSameStamp(entry.stamp, stampOf(stats));
}

let folderReady = "";

/** Returns a path for a temporary file on the file system of the objects. */
export function temporaryObject({ cacheDir, isShared }: CacheSettings): string {
  if (folderReady === cacheDir) return join(cacheDir, "files", ".waymark-tmp", `${process.pid}-${randomName()}`);
  folderReady = cacheDir;
  return temporaryPath(cacheDir, isShared);
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
