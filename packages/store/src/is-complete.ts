import { statSync } from "node:fs";
import { isErrno } from "@waymark/files";
import { stampOf } from "./state/file-stamp.ts";
import type { StoreContext } from "./store-context.ts";

/** Manifests from this size on, of some hundred files, are worth remembering. */
const LARGE_BYTES = 32 * 1024;

/**
 * Tells whether the cache holds content, by name alone: of a folder its manifest and every file.
 *
 * @throws `CorruptObjectError` for a damaged manifest.
 */
export function isComplete({ cache, state }: StoreContext, md5: string): boolean {
  const look = (): boolean => cache.listMissing(md5).length === 0;
  if (!md5.endsWith(".dir") || !cache.has(md5)) return look();
  try {
    const stats = statSync(cache.requireObject(md5), { bigint: true });
    if (stats.size < LARGE_BYTES) return look();
    return state.completeFolders(cache.cacheDir).isComplete({ md5, stamp: stampOf(stats) }, look);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return look();
    throw error;
  }
}
