import { readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { isObjectName } from "@waymark/store";

/** An object in the cache. */
export interface CacheObject {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** In the layout of DVC 2. */
  readonly isLegacy: boolean;
}

/**
 * Lists all objects of a cache, of both layouts. The run cache, and files that are no objects, have no part in it.
 *
 * @param cacheDir - Absolute.
 */
export function listObjects(cacheDir: string): readonly CacheObject[] {
  return [...listLayout(join(cacheDir, "files", "md5"), false), ...listLayout(cacheDir, true)];
}

/** Removes objects in their order; one that is gone already is no error. */
export function removeObjects(objects: readonly CacheObject[]): void {
  for (const { path } of objects) {
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}

function listLayout(root: string, isLegacy: boolean): readonly CacheObject[] {
  return namesIn(root)
    .filter((prefix) => /^[0-9a-f]{2}$/.test(prefix))
    .flatMap((prefix) =>
      namesIn(join(root, prefix)).flatMap((rest) => {
        const name = prefix + rest;
        const path = join(root, prefix, rest);
        const stats = isObjectName(name) ? statSync(path, { throwIfNoEntry: false }) : undefined;
        return stats?.isFile() === true ? [{ name, path, sizeBytes: stats.size, isLegacy }] : [];
      }),
    );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
