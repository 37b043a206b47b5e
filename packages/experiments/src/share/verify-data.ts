import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  collectUsedObjects,
  type DvcProject,
  type OutputSelection,
  planRemoteWork,
  type PlacedObject,
  type RemoteWork,
  withOpenRemote,
} from "@waymark/pipeline";
import { NoRemoteError } from "@waymark/store";
import { defaultJobs, forEachLimited, type ObjectRemote, type OpenRemoteOptions } from "@waymark/store/remotes";

/** Options of {@link checkDataHere} and {@link checkDataThere}. */
export interface VerifyDataOptions extends OpenRemoteOptions {
  /** Reads every byte and compares it with its hash; from remotes, too. Default `false`. */
  readonly isDeep?: boolean;
  /** Data remote. Default: the default one. */
  readonly remote?: string | undefined;
  /** Requests at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a cache or a remote has the data of an experiment. */
export interface CheckedData {
  /** Files and lists of folders. */
  readonly total: number;
  readonly missing: readonly PlacedObject[];
  /** Objects whose bytes are others; empty unless looked at deeply. */
  readonly damaged: readonly PlacedObject[];
}

/** Looks for the objects of outputs in the cache. */
export function checkDataHere(
  dvc: DvcProject,
  selections: readonly OutputSelection[],
  { isDeep = false, signal }: VerifyDataOptions,
): CheckedData {
  const { groups } = collectUsedObjects(dvc.cache, selections);
  const missing: PlacedObject[] = [];
  const damaged: PlacedObject[] = [];
  const seen = new Set<string>();
  for (const { md5, path, files, isLegacy, isIncomplete } of groups.flatMap(({ contents }) => contents)) {
    const inside = files.map((file) => ({ name: file.md5, path: `${path}/${file.relpath}` }));
    for (const object of [{ name: md5, path }, ...inside]) {
      if (seen.has(object.name)) continue;
      seen.add(object.name);
      signal?.throwIfAborted();
      if (!dvc.cache.has(object.name)) missing.push(object);
      // DVC 2 hashed text with its line ends changed, so its names say nothing about the bytes.
      else if (isDeep && !isLegacy && dvc.cache.verify(object.name) !== "intact") damaged.push(object);
      else if (isIncomplete && object.name === md5) damaged.push(object);
    }
  }
  return { total: seen.size, missing, damaged };
}

/**
 * Looks for the objects of outputs at the remotes they belong to. Outputs that are never sent, and imports that have
 * another home, are passed over.
 *
 * @returns `undefined` when there is nothing to look for.
 */
export async function checkDataThere(
  dvc: DvcProject,
  selections: readonly OutputSelection[],
  options: VerifyDataOptions,
): Promise<CheckedData | undefined> {
  const sent = selections.filter(({ out }) => out.isPushed);
  const works = planWork(dvc, sent, options.remote);
  if (works.length === 0) return undefined;
  const missing: PlacedObject[] = [];
  const damaged: PlacedObject[] = [];
  let total = 0;
  for (const { config, isLegacy, pathOf } of works) {
    total += pathOf.size;
    await withOpenRemote(dvc, config, options, async (opened) => {
      const remote = isLegacy ? opened.legacy : opened;
      const there = await remote.has(pathOf.keys(), { jobs: options.jobs, signal: options.signal });
      const objects = [...pathOf].map(([name, path]) => ({ name, path }));
      missing.push(...objects.filter(({ name }) => !there.has(name)));
      if (options.isDeep !== true || isLegacy) return;
      const present = objects.filter(({ name }) => there.has(name));
      damaged.push(...(await download(remote, present, options)));
    });
  }
  return { total, missing, damaged };
}

/** Where no remote is configured, there is none to be asked. */
function planWork(
  dvc: DvcProject,
  selections: readonly OutputSelection[],
  remote: string | undefined,
): readonly RemoteWork[] {
  try {
    return planRemoteWork(dvc, selections, remote);
  } catch (error) {
    if (error instanceof NoRemoteError) return [];
    throw error;
  }
}

/** Downloads objects one after another, or a few at a time, and compares their hashes; nothing stays. */
async function download(
  remote: ObjectRemote,
  objects: readonly PlacedObject[],
  { jobs, signal }: VerifyDataOptions,
): Promise<readonly PlacedObject[]> {
  const damaged: PlacedObject[] = [];
  const folder = mkdtempSync(join(tmpdir(), "waymark-verify-"));
  try {
    await forEachLimited(
      objects,
      jobs ?? remote.jobs ?? defaultJobs(),
      async (object) => {
        const file = join(folder, object.name);
        const { md5 } = await remote.download(object.name, file, { signal });
        rmSync(file, { force: true });
        if (md5 !== object.name.slice(0, 32)) damaged.push(object);
      },
      signal,
    );
    return damaged;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
