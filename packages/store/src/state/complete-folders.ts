import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { isSameStamp, isSettled, stampOf, type FileStamp } from "./file-stamp.ts";
import type { StateLog } from "./state-log.ts";

/** What there is to know of the folders that hold the objects of a cache. */
interface CacheLook {
  /** Changes whenever an object comes, goes or is renamed. */
  readonly digest: string;
  /** A later change would change the digest: none of the folders was touched a moment ago. */
  readonly isSettled: boolean;
}

const PREFIX = /^[0-9a-f]{2}$/;

/**
 * Remembers of which lists of files the cache holds every file. No object can vanish without changing the times of the
 * folder it lies in, so that a look at these few hundred folders answers for a million objects.
 */
export class CompleteFolders {
  readonly #log: StateLog;
  readonly #cacheDir: string;

  /** @param log - Where it is remembered, by name of the manifest. */
  constructor(log: StateLog, cacheDir: string) {
    this.#log = log;
    this.#cacheDir = cacheDir;
  }

  /**
   * Tells whether the cache holds all files of a manifest.
   *
   * @param manifest - Its name, which ends in `.dir`, and how it looks.
   * @param look - Looks for each of them.
   */
  isComplete(manifest: { readonly md5: string; readonly stamp: FileStamp }, look: () => boolean): boolean {
    const before = this.#log.get(manifest.md5);
    const cache = lookAtCache(this.#cacheDir);
    if (before?.md5 === cache.digest && isSameStamp(before.stamp, manifest.stamp)) return true;
    if (!look()) return false;
    if (cache.isSettled) {
      this.#log.set(manifest.md5, { stamp: manifest.stamp, md5: cache.digest });
      this.#log.flush();
    }
    return true;
  }
}

/** Looks at the folders of objects where DVC 3 and DVC 2 keep them. */
function lookAtCache(cacheDir: string): CacheLook {
  const nowMs = Date.now();
  const hash = createHash("md5").update(cacheDir);
  let isStill = true;
  for (const root of [join(cacheDir, "files", "md5"), cacheDir]) {
    for (const name of namesIn(root)) {
      const stats = statSync(join(root, name), { bigint: true, throwIfNoEntry: false });
      if (stats === undefined) continue;
      const stamp = stampOf(stats);
      isStill &&= isSettled(stamp, nowMs);
      hash.update(`${root} ${name} ${stamp.dev} ${stamp.ino} ${stamp.mtimeNs} ${stamp.ctimeNs}\n`);
    }
  }
  return { digest: hash.digest("hex"), isSettled: isStill };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => PREFIX.test(name))
      .toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
