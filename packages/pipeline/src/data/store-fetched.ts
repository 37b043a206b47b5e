import { cpSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isErrno } from "@waymark/files";
import type { CachedContent, JobOptions } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";

/**
 * Moves fetched data to its place, and puts it into the cache.
 *
 * @param place - Absolute, in a scratch folder that goes away afterwards.
 * @param path - Relative to the project.
 * @param options - `isReplacing` takes away what is there.
 * @returns What to record of it.
 */
export async function storeFetched(
  project: DvcProject,
  place: string,
  path: string,
  options: JobOptions & { readonly isReplacing: boolean },
): Promise<CachedContent> {
  const target = join(project.root, path);
  mkdirSync(dirname(target), { recursive: true });
  // What is there steps aside until the new data is in the cache, and comes back when it does not get there.
  const aside = join(dirname(place), "replaced");
  const isAside = options.isReplacing && lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  if (isAside) move(target, aside);
  try {
    move(place, target);
    const content = await project.store.add(target, { signal: options.signal, onProgress: options.onProgress });
    // Given up while the last of it was stored: nothing is recorded either.
    options.signal?.throwIfAborted();
    return content;
  } catch (error) {
    rmSync(target, { recursive: true, force: true });
    if (isAside) move(aside, target);
    throw error;
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isErrno(error, "EXDEV")) throw error;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    rmSync(from, { recursive: true, force: true });
  }
}
