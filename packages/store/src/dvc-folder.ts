import { existsSync, mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";

const GITIGNORE = "/config.local\n/tmp\n/cache\n";
/** Stands above the entry that keeps a `.dvc` folder nobody asked for out of Git's sight. */
export const EXCLUDE_NOTE =
  "# Waymark: keeps `git stash -u`, `git clean` and `dvc exp apply` from deleting the cache below.";
const DVCIGNORE = [
  "# Add patterns of files dvc should ignore, which could improve",
  "# the performance. Learn more at",
  "# https://dvc.org/doc/user-guide/dvcignore",
  "",
].join("\n");

/**
 * Makes a folder a DVC project, with the bytes `dvc init` writes, and stages nothing. What is there already stays.
 *
 * @param root - The root of the Git work tree, or a folder in it.
 * @returns The `.dvc` folder, and the files that are new, relative to the root; none when it was a project already.
 */
export function initDvcFolder(root: string): { readonly dvcDir: string; readonly created: readonly string[] } {
  const dvcDir = join(root, ".dvc");
  const created: string[] = [];
  mkdirSync(join(dvcDir, "tmp"), { recursive: true });
  const files: readonly (readonly [string, string])[] = [
    [".dvc/.gitignore", GITIGNORE],
    [".dvcignore", DVCIGNORE],
    // Last: where it is, the others are, whenever this was cut short.
    [".dvc/config", ""],
  ];
  for (const [path, text] of files) {
    if (existsSync(join(root, path))) continue;
    replaceFileSync(join(root, path), text);
    created.push(path);
  }
  try {
    writeFileSync(join(dvcDir, "tmp", "btime"), "", { flag: "wx" });
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  }
  return { dvcDir, created };
}

/**
 * Finds the DVC project a folder belongs to.
 *
 * @param limit - The search does not go above this folder (the root of the Git work tree).
 * @returns The project's root; `undefined` when there is no `.dvc` folder up to the limit.
 */
export function findDvcRoot(folder: string, limit?: string): string | undefined {
  const end = limit === undefined ? undefined : realpathSync(limit);
  for (let current = realpathSync(resolve(folder)); ; current = dirname(current)) {
    if (statSync(join(current, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true) return current;
    if (current === end || current === dirname(current)) return undefined;
  }
}
