import { readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { isObjectName } from "@waymark/store";

/** An object in the cache that nothing needs. */
export interface GarbageObject {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the layout of DVC 2. */
  readonly isLegacy: boolean;
}

/** Names of objects that are needed, of each layout. */
export interface NeededObjects {
  readonly current: ReadonlySet<string>;
  readonly legacy: ReadonlySet<string>;
}

/**
 * Lists the objects of a cache that are not needed: manifests of folders first, because one whose files are gone is
 * taken for complete.
 *
 * @param cacheDir - Absolute. The run cache in it is left alone, as DVC does.
 */
export function listGarbage(cacheDir: string, needed: NeededObjects): readonly GarbageObject[] {
  const found = [
    ...listObjects(join(cacheDir, "files", "md5"), false).filter(({ name }) => !needed.current.has(name)),
    ...listObjects(cacheDir, true).filter(({ name }) => !needed.legacy.has(name)),
  ];
  return [...found.filter(isManifest), ...found.filter((object) => !isManifest(object))];
}

/** Removes objects; one that is gone already is no error. */
export function removeGarbage(objects: readonly GarbageObject[]): void {
  for (const { path } of objects) {
    try {
      unlinkSync(path);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}

function isManifest({ name }: Pick<GarbageObject, "name">): boolean {
  return name.endsWith(".dir");
}

function listObjects(root: string, isLegacy: boolean): readonly GarbageObject[] {
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
