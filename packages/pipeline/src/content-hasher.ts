import { stat } from "node:fs/promises";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { formatDirectory, hashBytes, hashFileSync } from "@waymark/store";
import type { DvcProject } from "./dvc-project.ts";

/**
 * Returns the hash of a file or folder, `.dir` at the end for a folder; `undefined` when there is nothing.
 *
 * @param path - Absolute.
 */
export type ContentHasher = (path: string, options: { readonly isLegacy: boolean }) => Promise<string | undefined>;

/** Hashes through the cache of a project. */
export function contentHasher(project: DvcProject): ContentHasher {
  return async (path) => {
    const kind = await kindOf(path);
    if (kind === undefined) return undefined;
    if (kind === "file") return hashFileSync(path).md5;
    const isHidden = project.cache.hiddenIn(path);
    const files: { relpath: string; md5: string }[] = [];
    const visit = (folder: string): void => {
      for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
        const relpath = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (isHidden(relpath, entry.isDirectory())) continue;
        if (entry.isDirectory()) visit(relpath);
        else if (statSync(join(path, relpath)).isFile()) {
          files.push({ relpath, md5: hashFileSync(join(path, relpath)).md5 });
        }
      }
    };
    visit("");
    return `${hashBytes(formatDirectory(files)).md5}.dir`;
  };
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? "folder" : "file";
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}
