import { type ContentCache, CorruptObjectError, type DirectoryEntry, ObjectNotCachedError } from "@waymark/store";

/** Reads the files of a folder from the cache; `undefined` when its manifest is missing or damaged. */
export function readManifest(cache: ContentCache, md5: string): readonly DirectoryEntry[] | undefined {
  try {
    return cache.readDirectory(md5);
  } catch (error) {
    if (error instanceof ObjectNotCachedError || error instanceof CorruptObjectError) return undefined;
    throw error;
  }
}
