import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { objectPath, temporaryPath } from "./cache-layout.ts";
import { hashFiles } from "./hash-content.ts";
import { linkFileSync } from "./place-file.ts";
import { isObjectPresent, publishObject } from "./publish-object.ts";
import type { StoreContext } from "./store-context.ts";
import type { JobOptions } from "./work/run-job.ts";

/** What {@link migrateCache} found and did. */
export interface MigrateReport {
  /** Objects of DVC 2. */
  readonly found: number;
  /** Of those, the ones that had no place in the cache of DVC 3 yet, and have it now. */
  readonly migrated: number;
  /** Objects whose bytes do not match their name: they stay where they are. */
  readonly damaged: readonly string[];
}

/** Options of {@link migrateCache}. */
export interface MigrateOptions extends JobOptions {
  /** Only counts. Default `false`. */
  readonly isDryRun?: boolean | undefined;
}

/**
 * Gives every object of DVC 2 the name it has in DVC 3, the hash of its bytes as they are, and its place there. Both
 * names are one file afterwards, so that the disk holds it once and old records go on working.
 */
export async function migrateCache(context: StoreContext, options: MigrateOptions = {}): Promise<MigrateReport> {
  const { cache } = context;
  const objects = listLegacyObjects(cache.cacheDir);
  if (options.isDryRun === true) return { found: objects.length, migrated: 0, damaged: [] };
  const raw = await hashFiles(context, objects, { isLegacy: false }, options);
  const odd = objects.filter(({ md5 }, at) => raw[at]?.md5 !== md5.slice(0, 32));
  const legacy = await hashFiles(context, odd, { isLegacy: true }, { signal: options.signal });
  const damaged = new Set(odd.filter(({ md5 }, at) => legacy[at]?.md5 !== md5).map(({ md5 }) => md5));
  let migrated = 0;
  for (const [at, { path, md5 }] of objects.entries()) {
    const hash = raw[at];
    if (hash === undefined || damaged.has(md5)) continue;
    options.signal?.throwIfAborted();
    const name = md5.endsWith(".dir") ? `${hash.md5}.dir` : hash.md5;
    const target = objectPath(cache.cacheDir, name);
    if (isObjectPresent(target, hash.sizeBytes)) continue;
    const temporary = temporaryPath(cache.cacheDir, cache.config.isShared);
    linkFileSync(path, temporary, ["hardlink", "copy"]);
    publishObject(temporary, target, { isShared: cache.config.isShared, isDurable: false });
    migrated += 1;
  }
  return { found: objects.length, migrated, damaged: [...damaged] };
}

interface LegacyObject {
  readonly md5: string;
  readonly path: string;
  readonly sizeBytes: number;
}

function listLegacyObjects(cacheDir: string): readonly LegacyObject[] {
  return namesIn(cacheDir)
    .filter((prefix) => /^[0-9a-f]{2}$/.test(prefix))
    .flatMap((prefix) =>
      namesIn(join(cacheDir, prefix))
        .filter((rest) => /^[0-9a-f]{30}(\.dir)?$/.test(rest))
        .flatMap((rest) => {
          const path = join(cacheDir, prefix, rest);
          const stats = statSync(path, { throwIfNoEntry: false });
          return stats?.isFile() === true ? [{ md5: prefix + rest, path, sizeBytes: stats.size }] : [];
        }),
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
