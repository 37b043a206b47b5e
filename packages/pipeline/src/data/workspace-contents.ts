import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import type { HashedContent, JobOptions } from "@waymark/store";
import { cachedOutputs, type DataContent } from "./data-index.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage } from "../project/project.ts";

/** What a workspace holds at a path, as a `.dvc` file records it. */
export type WorkspaceContent = HashedContent;

/** Options of {@link hashContent} and {@link hashOutputs}. */
export type HashOutputsOptions = JobOptions;

/**
 * Hashes a file or folder of the workspace; stores nothing. What did not change since is not read again.
 *
 * @param path - Absolute; it exists.
 * @param isLegacy - As DVC 2 did.
 * @throws Errors of the store, and the reason of an aborted signal.
 */
export function hashContent(
  project: DvcProject,
  path: string,
  isLegacy = false,
  options: HashOutputsOptions = {},
): Promise<WorkspaceContent> {
  return project.store.hash(path, { isLegacy, signal: options.signal, onProgress: options.onProgress });
}

/**
 * Hashes what stands in the workspace at the paths of cached outputs, each as it was recorded, also what could not be
 * recorded so: to see that something differs.
 *
 * @returns By path; outputs that are not there are missing from it.
 */
export async function hashOutputs(
  project: DvcProject,
  stages: readonly ProjectStage[],
  options: HashOutputsOptions = {},
): Promise<ReadonlyMap<string, DataContent>> {
  const contents = new Map<string, DataContent>();
  for (const { out } of cachedOutputs(stages)) {
    const path = join(project.root, out.path);
    if (contents.has(out.path) || !isThere(path)) continue;
    const { signal, onProgress } = options;
    contents.set(
      out.path,
      await project.store.hash(path, { isLegacy: out.isLegacy, isStrict: false, signal, onProgress }),
    );
  }
  return contents;
}

/** Tells whether there is something with content; a link to nothing has none. */
function isThere(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFile() || stats.isDirectory());
}
