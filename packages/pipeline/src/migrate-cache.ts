import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { isErrno } from "@waymark/files";
import { hashFileSync } from "@waymark/store";
import type { DvcProject } from "./dvc-project.ts";
import { type CacheObject, listObjects } from "./cache-objects.ts";

/** Lists the objects that DVC 2 left in the cache. */
export function listLegacyObjects(project: DvcProject): readonly CacheObject[] {
  return listObjects(project.cache.cacheDir).filter(({ isLegacy }) => isLegacy);
}

/**
 * Gives every object that DVC 2 left its name of today, too: both names share one file, so that nothing is stored twice.
 *
 * @returns How many objects there are; those that have both names already are among them.
 */
export async function migrateCache(project: DvcProject, signal?: AbortSignal): Promise<number> {
  const objects = listLegacyObjects(project);
  for (const { name, path } of objects) {
    signal?.throwIfAborted();
    const { md5 } = hashFileSync(path);
    const target = project.cache.objectPath(name.endsWith(".dir") ? `${md5}.dir` : md5);
    if (!existsSync(target)) giveName(path, target);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return objects.length;
}

function giveName(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  // Both names lead to it from now on, and DVC takes what is read-only for intact.
  chmodSync(path, 0o444);
  try {
    linkSync(path, target);
  } catch (error) {
    if (!isErrno(error, "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EXDEV")) throw error;
    const temporary = `${target}.waymark.tmp`;
    copyFileSync(path, temporary);
    chmodSync(temporary, 0o444);
    renameSync(temporary, target);
  }
}
