import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isErrno } from "@waymark/files";
import type { DvcLockEntry } from "@waymark/core";
import type { CachedContent } from "@waymark/store";
import type { DvcProject } from "../project/dvc-project.ts";
import { newMapping } from "../values/values.ts";

/** Returns where a path of a stage lies: absolute paths stay, others are relative to the project. */
export function absolutePath(project: Pick<DvcProject, "root">, path: string): string {
  return isAbsolute(path) ? path : join(project.root, path);
}

/** Tells what is at an absolute path; a link to nothing is nothing. */
export function kindAt(path: string): "file" | "folder" | "other" | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  } catch (error) {
    if (isErrno(error, "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

/** Makes the entry that dvc.lock has for content, keys in the order DVC writes them. */
export function lockEntryOf(text: string, content: CachedContent): DvcLockEntry {
  const entry = newMapping();
  Object.assign(entry, { path: text, hash: "md5", md5: content.md5, size: content.sizeBytes });
  if (content.fileCount !== undefined) entry["nfiles"] = content.fileCount;
  if (content.isExecutable) entry["isexec"] = true;
  return entry;
}
