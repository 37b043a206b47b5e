import { basename, dirname, join } from "node:path";
import { formatDvcFile } from "@waymark/core";
import { existsSync } from "node:fs";
import { type PrivateIndex, readRef, updateRefs } from "@waymark/git";
import type { Project } from "./project.ts";
import { openCache } from "./restore.ts";

/** Where states are kept that a command has replaced with `--force`. */
const UNDO_NAMESPACE = "refs/waymark/undo/";

/**
 * Keeps the workspace as it is, in a commit of its own: it can be applied like an experiment. Cached data that exists
 * nowhere else goes to the cache first.
 *
 * @param data - Cached files that are about to be replaced, relative to the repository.
 * @returns The ref.
 */
export function keepForUndo(project: Project, index: PrivateIndex, data: readonly string[], why: string): string {
  const { repo, root } = project;
  const cache = openCache(project);
  const pointers = new Map<string, Uint8Array>();
  for (const path of data) {
    if (!existsSync(join(root, path))) continue;
    const content = cache.insertSync(join(root, path));
    const output = {
      md5: content.md5,
      sizeBytes: content.sizeBytes,
      fileCount: content.fileCount,
      isExecutable: content.isExecutable,
      hash: "md5" as const,
      path: basename(path),
    };
    pointers.set(join(dirname(path), `${basename(path)}.dvc`), Buffer.from(formatDvcFile(output)));
  }
  index.put(pointers);
  const head = repo.headCommit;
  const { commit } = index.commit({ parents: head === undefined ? [] : [head], message: `${why}\n` });
  const ref = freeRef(project);
  updateRefs(repo, [{ ref, newId: commit, oldId: null }]);
  return ref;
}

function freeRef(project: Project): string {
  const stamp = new Date().toISOString().replace(/[-:]/gu, "").replace(/\..*$/u, "Z");
  for (let number = 1; ; number += 1) {
    const ref = `${UNDO_NAMESPACE}${stamp}${number === 1 ? "" : `-${number}`}`;
    if (readRef(project.repo, ref) === undefined) return ref;
  }
}
