import { statSync } from "node:fs";
import { legacyObjectPath } from "../../cache-layout.ts";
import type { ContentCache } from "../../content-cache.ts";
import { CorruptObjectError, ObjectNotCachedError } from "../../errors.ts";
import type { ObjectRemote } from "../object-remote.ts";
import { ByteBudget, defaultJobs, forEachLimited } from "./limits.ts";
import {
  isHopeless,
  ProgressCount,
  type TransferFailure,
  type TransferObjectsOptions,
  type TransferReport,
} from "./report.ts";

/** Memory for bytes on their way, whatever the number of transfers. */
const MEMORY_BYTES = 64 * 1024 * 1024;
/** Larger files travel in parts, and this is what their parts take. */
const LARGE_BYTES = 8 * 1024 * 1024;
const LARGE_SHARE_BYTES = 32 * 1024 * 1024;

/**
 * Sends objects to a remote that lacks them. The files of a folder go first; its manifest follows when all of them
 * have arrived, so that a manifest at a remote stands for its files: they are not looked for again.
 *
 * What arrived stays when the rest fails, and is not sent again.
 *
 * @param names - Objects; with the manifest of a folder, those of its files that should go.
 * @throws What makes going on useless: wrong credentials, a remote that cannot be reached.
 */
export async function pushObjects(
  cache: ContentCache,
  remote: ObjectRemote,
  names: Iterable<string>,
  options: TransferObjectsOptions = {},
): Promise<TransferReport> {
  const { signal } = options;
  const target = options.isLegacy === true ? remote.legacy : remote;
  const jobs = options.jobs ?? remote.jobs ?? defaultJobs();
  const wanted = new Set(names);
  const plan = await planPush(cache, target, wanted, { signal, jobs });

  const progress = new ProgressCount(options.onProgress);
  const budget = new ByteBudget(MEMORY_BYTES);
  const failed: TransferFailure[] = [];
  const arrived = new Set<string>();
  const localFile = (name: string): LocalObject | undefined => findLocal(cache, name, options.isLegacy === true);

  const send = async (objects: readonly LocalObject[]): Promise<void> =>
    forEachLimited(
      objects,
      jobs,
      async ({ name, path, sizeBytes }) => {
        const share = sizeBytes > LARGE_BYTES ? LARGE_SHARE_BYTES : sizeBytes;
        try {
          await budget.use(share, async () => target.upload(name, path, { signal, onBytes: progress.addBytes }));
          arrived.add(name);
        } catch (error) {
          signal?.throwIfAborted();
          if (isHopeless(error)) throw error;
          failed.push({ name, error });
        }
        progress.endFile();
      },
      signal,
    );

  const missing: string[] = [];
  const present = (list: readonly string[]): readonly LocalObject[] =>
    list.flatMap((name) => {
      const found = localFile(name);
      if (found === undefined) missing.push(name);
      return found ?? [];
    });
  const files = present(plan.files);
  const folders = present(plan.folders);
  for (const { sizeBytes } of [...files, ...folders]) progress.expect(sizeBytes);
  await send(files);
  await send(
    folders.filter(({ name }) => plan.filesOf(name).every((file) => plan.there.has(file) || arrived.has(file))),
  );
  return { transferred: arrived.size, failed, missing };
}

interface PushPlan {
  /** Files to send, and manifests to send after them. */
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** What the remote has. */
  readonly there: ReadonlySet<string>;
  readonly filesOf: (folder: string) => readonly string[];
}

async function planPush(
  cache: ContentCache,
  target: ObjectRemote,
  wanted: ReadonlySet<string>,
  options: { readonly signal: AbortSignal | undefined; readonly jobs: number },
): Promise<PushPlan> {
  const folders = [...wanted].filter((name) => name.endsWith(".dir"));
  const manifests = new Map(folders.map((name) => [name, filesOf(cache, name)] as const));
  const there = await target.has(folders, options);
  for (const name of folders) if (there.has(name)) for (const file of manifests.get(name) ?? []) there.add(file);
  const lacking = folders.filter((name) => !there.has(name));
  // Of a folder that goes in part, the other files may be there already; its manifest depends on it.
  const files = new Set([...wanted].filter((name) => !name.endsWith(".dir")));
  const asked = new Set([...files, ...lacking.flatMap((name) => manifests.get(name) ?? [])]);
  for (const name of await target.has(
    [...asked].filter((file) => !there.has(file)),
    options,
  ))
    there.add(name);
  return {
    files: [...files].filter((name) => !there.has(name)),
    folders: lacking,
    there,
    filesOf: (folder) => manifests.get(folder) ?? [],
  };
}

/** Lists the files of a folder; none when its manifest is not here, so nothing of it can be sent anyway. */
function filesOf(cache: ContentCache, folder: string): readonly string[] {
  try {
    return [...new Set(cache.readDirectory(folder).map(({ md5 }) => md5))];
  } catch (error) {
    if (error instanceof ObjectNotCachedError || error instanceof CorruptObjectError) return [];
    throw error;
  }
}

interface LocalObject {
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
}

function findLocal(cache: ContentCache, name: string, isLegacy: boolean): LocalObject | undefined {
  const path = isLegacy ? legacyObjectPath(cache.cacheDir, name) : cache.objectPath(name);
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? { name, path, sizeBytes: stats.size } : undefined;
}
