import type { DvcProject } from "../project/dvc-project.ts";
import { type CacheObject, listObjects } from "./cache-objects.ts";

/** Lists the objects that DVC 2 left in the cache. */
export function listLegacyObjects(project: DvcProject): readonly CacheObject[] {
  return listObjects(project.cache.cacheDir).filter(({ isLegacy }) => isLegacy);
}

/**
 * Gives every object that DVC 2 left its name of today, too: both names share one file, so that nothing is stored twice.
 *
 * @returns How many objects there are; those that have both names already are among them, damaged ones are not.
 */
export async function migrateCache(project: DvcProject, signal?: AbortSignal): Promise<number> {
  const { found, damaged } = await project.store.migrate({ signal });
  return found - damaged.length;
}
