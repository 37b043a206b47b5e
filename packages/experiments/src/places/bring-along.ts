import { constants, existsSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { cp } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { type GitRepository, InvalidTreePathError, listTrackedPaths, requireTreePath } from "@waymark/git";
import { PathEscapesError, requireInside } from "@waymark/store";
import { isTemporary } from "../save-content.ts";
import { statNoFollow } from "../work-tree-paths.ts";
import { CopyPathError } from "./errors.ts";
import { removeTree } from "./remove-files.ts";

/**
 * Setting of Git, as often as there are paths: ignored files and folders of the main work tree that runs elsewhere see
 * through a link, such as `.venv` and `node_modules`. It stands in the user's own configuration and is in no commit.
 */
export const LINK_SETTING = "waymark.link";

/**
 * Checks what a run elsewhere is to copy, before anything is made for it.
 *
 * @param paths - Relative to the repository.
 * @throws {@link CopyPathError}
 */
export function checkCopyPaths(root: string, paths: readonly string[]): void {
  for (const path of paths) {
    const reason = whyNotBrought(path);
    if (reason !== undefined) throw new CopyPathError(path, reason);
    if (statNoFollow(join(root, path)) === undefined) throw new CopyPathError(path, "there is no such file");
  }
}

/**
 * Copies files and folders of the main work tree into another one, as they are now; bytes are shared where the file
 * system can. Files that Git tracks are there already and stay.
 *
 * @param paths - Relative to the repository.
 * @returns The files that were copied, relative to the repository.
 * @throws {@link CopyPathError}
 */
export async function copyPaths(
  root: string,
  tree: GitRepository,
  paths: readonly string[],
): Promise<readonly string[]> {
  checkCopyPaths(root, paths);
  const copied: string[] = [];
  const isCopied = (source: string, target: string): boolean => {
    const stats = lstatSync(source, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return true;
    // Sockets and pipes cannot be copied.
    if (stats === undefined || !(stats.isFile() || stats.isSymbolicLink())) return false;
    if (statNoFollow(target) !== undefined) return false;
    copied.push(relative(root, source).split(sep).join("/"));
    return true;
  };
  for (const path of paths) {
    requireFreeWay(tree.root, path);
    const target = join(tree.root, path);
    if (statNoFollow(target)?.isSymbolicLink() === true) continue;
    mkdirSync(dirname(target), { recursive: true });
    await cp(join(root, path), target, {
      ...{ recursive: true, force: false, errorOnExist: false, verbatimSymlinks: true, preserveTimestamps: true },
      mode: constants.COPYFILE_FICLONE,
      filter: isCopied,
    });
  }
  return copied;
}

/**
 * Links what the user's configuration lists ({@link LINK_SETTING}) from the main work tree into another one.
 *
 * @param onWarning - Hears why one of them is left out.
 * @returns What was linked, relative to the repository.
 */
export function linkConfigured(main: GitRepository, tree: GitRepository, onWarning: (text: string) => void): string[] {
  const wanted = main.configEntries.flatMap(([key, value]) => (key === LINK_SETTING ? [trimPath(value)] : []));
  const tracked = listTrackedPaths(
    tree,
    wanted.filter((path) => whyNotBrought(path) === undefined),
  );
  return [...new Set(wanted)].filter((path) => {
    const leaveOut = (reason: string): false => {
      onWarning(`'${path}' (${LINK_SETTING}) is not linked: ${reason}.`);
      return false;
    };
    const reason = whyNotBrought(path);
    if (reason !== undefined) return leaveOut(reason);
    if (tracked.has(path)) return leaveOut("Git tracks it, or files in it");
    const source = join(main.root, path);
    if (!existsSync(source)) return leaveOut("there is no such file");
    try {
      requireInside(tree.root, path);
    } catch (error) {
      if (error instanceof PathEscapesError) return leaveOut("a link leads out of the repository");
      throw error;
    }
    const target = join(tree.root, path);
    mkdirSync(dirname(target), { recursive: true });
    removeTree(target);
    symlinkSync(source, target);
    return true;
  });
}

function requireFreeWay(root: string, path: string): void {
  try {
    requireInside(root, path);
  } catch (error) {
    if (error instanceof PathEscapesError) throw new CopyPathError(path, "a link leads out of the repository");
    throw error;
  }
}

function whyNotBrought(path: string): string | undefined {
  if (path === "" || path === ".") return "it is all of the repository";
  try {
    requireTreePath(path);
  } catch (error) {
    if (error instanceof InvalidTreePathError) return "it is no path inside the repository";
    throw error;
  }
  // The work trees themselves lie there.
  const isDvcs = isTemporary(`${path}/`) || /(?:^|\/)\.dvc(?:\/tmp)?$/u.test(path);
  return isDvcs ? "it holds the state of DVC" : undefined;
}

function trimPath(value: string): string {
  return value.replace(/^(?:\.\/+)+/u, "").replace(/\/+$/u, "");
}
