import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { legacyObjectPath, objectPath } from "./cache-layout.ts";

/** So many that reading the cache's folders is quicker than asking for each object. */
const MANY = 1000;

/**
 * Finds the objects that a cache lacks, by name alone.
 *
 * @param md5s - Names of objects.
 * @returns Those that are neither where DVC 3 nor where DVC 2 keeps them.
 */
export function findMissing(cacheDir: string, md5s: Iterable<string>): ReadonlySet<string> {
  const wanted = new Set(md5s);
  if (wanted.size < MANY) return new Set([...wanted].filter((md5) => !hasObject(cacheDir, md5)));
  for (const root of [join(cacheDir, "files", "md5"), cacheDir]) {
    if (wanted.size === 0) break;
    for (const prefix of new Set([...wanted].map((md5) => md5.slice(0, 2)))) {
      for (const name of namesIn(join(root, prefix))) wanted.delete(prefix + name);
    }
  }
  return wanted;
}

function hasObject(cacheDir: string, md5: string): boolean {
  return [objectPath(cacheDir, md5), legacyObjectPath(cacheDir, md5)].some(
    (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
