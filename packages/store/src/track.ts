import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { addIgnoreEntry, editDvcFile, formatDvcFile, type DvcOutput } from "@waymark/core";
import { isErrno, replaceFileSync } from "@waymark/files";
import type { CachedContent, ContentCache } from "./content-cache.ts";

/** A file or folder that is tracked by a `.dvc` file. */
export interface TrackedContent {
  readonly content: CachedContent;
  /** The `.dvc` file, absolute. */
  readonly dvcFile: string;
  /** The `.gitignore` that keeps Git away from the content, absolute; `undefined` when none was needed. */
  readonly ignoreFile: string | undefined;
}

/** Options of {@link trackSync}. */
export interface TrackOptions {
  /** Git ignores the path already: no entry is needed. Default `false`. */
  readonly isIgnored?: boolean;
  /** The files written survive power loss once the call returned. Default `true`. */
  readonly durable?: boolean;
  /** Where files are written before they get their name. Default: beside them. */
  readonly temporaryFolder?: string;
}

/**
 * Puts a file or folder into the cache and records it as `dvc add` does: `<path>.dvc` beside it, and an entry in the
 * `.gitignore` of its folder. Files that say so already are not written again.
 *
 * The content comes first, then what names it: at no moment does a `.dvc` file name what is not in the cache.
 *
 * @param path - Absolute. It must not be tracked by Git: that is for the caller to find out.
 * @throws As {@link ContentCache.insertFileSync}
 */
export function trackSync(cache: ContentCache, path: string, options: TrackOptions = {}): TrackedContent {
  const content = cache.insertSync(path);
  const { durable = true, temporaryFolder } = options;
  const writing = temporaryFolder === undefined ? { durable } : { durable, temporaryFolder };
  const dvcFile = `${path}.dvc`;
  const name = basename(path);
  const before = readText(dvcFile);
  const output: DvcOutput = {
    md5: content.md5,
    sizeBytes: content.sizeBytes,
    fileCount: content.fileCount,
    isExecutable: content.isExecutable,
    hash: "md5",
    path: name,
  };
  const after = before === undefined ? formatDvcFile(output) : editDvcFile(before, output, { path: dvcFile });
  let ignoreFile: string | undefined;
  if (options.isIgnored !== true) {
    ignoreFile = join(dirname(path), ".gitignore");
    const ignored = readText(ignoreFile);
    const entries = addIgnoreEntry(ignored, name);
    if (entries !== ignored) replaceFileSync(ignoreFile, entries, writing);
  }
  if (after !== before) replaceFileSync(dvcFile, after, writing);
  return { content, dvcFile, ignoreFile };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
