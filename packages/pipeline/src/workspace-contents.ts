import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  formatDirectory,
  hashBytes,
  hashFileSync,
  hashLegacyFileSync,
  scanFolder,
  type CachedContent,
  type DirectoryEntry,
} from "@waymark/store";
import { cachedOutputs, type DataContent } from "./data-index.ts";
import type { DvcProject } from "./dvc-project.ts";
import type { ProjectStage } from "./project.ts";

/** What a workspace holds at a path, as a `.dvc` file records it. */
export interface WorkspaceContent extends CachedContent {
  /** The files of a folder; `undefined` for a file. */
  readonly manifest: readonly DirectoryEntry[] | undefined;
}

/** Options of {@link hashContent} and {@link hashOutputs}. */
export interface HashOutputsOptions {
  /** Ends the work between two files. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hashes a file or folder of the workspace; stores nothing.
 *
 * @param path - Absolute; it exists.
 * @param isLegacy - As DVC 2 did.
 * @throws Errors of the store, and the reason of an aborted signal.
 */
export async function hashContent(
  project: DvcProject,
  path: string,
  isLegacy = false,
  options: HashOutputsOptions = {},
): Promise<WorkspaceContent> {
  const hash = isLegacy ? hashLegacyFileSync : hashFileSync;
  const stats = statSync(path);
  if (!stats.isDirectory()) {
    const isExecutable = (stats.mode & 0o100) !== 0;
    return { ...hash(path), fileCount: undefined, isExecutable, manifest: undefined };
  }
  const manifest: DirectoryEntry[] = [];
  let total = 0;
  for (const relpath of scanFolder(path, project.cache.hiddenIn(path))) {
    options.signal?.throwIfAborted();
    const { md5, sizeBytes } = hash(join(path, relpath));
    manifest.push({ relpath, md5 });
    total += sizeBytes;
    // Many files take a while: Ctrl-C is noticed between them.
    if (manifest.length % 64 === 0) await nextTurn();
  }
  const md5 = `${hashBytes(formatDirectory(manifest)).md5}.dir`;
  return { md5, sizeBytes: total, fileCount: manifest.length, isExecutable: false, manifest };
}

/**
 * Hashes what stands in the workspace at the paths of cached outputs, each as it was recorded.
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
    contents.set(out.path, await hashContent(project, path, out.isLegacy, options));
  }
  return contents;
}

/** Tells whether there is something with content; a link to nothing has none. */
function isThere(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFile() || stats.isDirectory());
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
