import { chmodSync } from "node:fs";
import { readdirSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import {
  checkoutSync,
  formatDirectory,
  hashBytes,
  hashFileSync,
  hashLegacyFileSync,
  type CheckoutTarget,
} from "@waymark/store";
import type { DvcProject } from "./dvc-project.ts";
import { kindAt, type HashedContent } from "./stage-content.ts";

/** What stages need of the store. */
export interface StageStore {
  hash(
    path: string,
    options?: { readonly isLegacy?: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<HashedContent>;
  add(
    path: string,
    options?: { readonly relink?: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<HashedContent>;
  checkout(targets: readonly CheckoutTarget[], options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  unprotect(path: string): Promise<void>;
}

/** Opens what stages need of a project's store. */
export function stageStore(project: Pick<DvcProject, "root" | "cache">): StageStore {
  const { cache, root } = project;
  const hash = (path: string, isLegacy: boolean): HashedContent => {
    const hashFile = isLegacy ? hashLegacyFileSync : hashFileSync;
    if (kindAt(path) !== "folder") {
      return { ...hashFile(path), fileCount: undefined, isExecutable: false };
    }
    const isHidden = cache.hiddenIn(path);
    const entries: { relpath: string; md5: string }[] = [];
    let sizeBytes = 0;
    const visit = (folder: string): void => {
      for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
        const relpath = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (isHidden(relpath, entry.isDirectory())) continue;
        if (entry.isDirectory()) visit(relpath);
        else {
          const file = hashFile(join(path, relpath));
          sizeBytes += file.sizeBytes;
          entries.push({ relpath, md5: file.md5 });
        }
      }
    };
    visit("");
    return {
      md5: `${hashBytes(formatDirectory(entries)).md5}.dir`,
      sizeBytes,
      fileCount: entries.length,
      isExecutable: false,
    };
  };
  return {
    hash: async (path, { isLegacy = false } = {}) => hash(path, isLegacy),
    add: async (path, { relink = true } = {}) => {
      const content = cache.insertSync(path);
      const inside = relative(root, path).split(sep).join("/");
      if (relink && !isAbsolute(inside) && !inside.startsWith("..")) {
        checkoutSync(cache, [{ path: inside, md5: content.md5, isExecutable: content.isExecutable }], {
          root,
          relink: true,
        });
      }
      return content;
    },
    checkout: async (targets) => void checkoutSync(cache, targets, { root }),
    unprotect: async (path) => {
      if (kindAt(path) === "file") chmodSync(path, 0o644);
    },
  };
}
