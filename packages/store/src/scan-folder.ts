import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UnsupportedEntryError } from "./errors.ts";

/** Folders that are never part of data. */
const NEVER = new Set([".git", ".hg", ".dvc"]);
const REPLACEMENT = "\ufffd";

/** Tells whether a file or folder is kept out. */
export type IsHidden = (relpath: string, isFolder: boolean) => boolean;

/**
 * Lists the files of a folder as DVC records them: symbolic links to files count as files, those to folders do not,
 * empty folders vanish, and the folders of other projects are left out.
 *
 * @param isHidden - Tells by a path relative to the folder what the project's ignore files keep out. Default: nothing.
 * @returns Paths relative to the folder, `/` between parts.
 * @throws {@link UnsupportedEntryError} for what the two tools would record differently, or not at all.
 */
export function scanFolder(folder: string, isHidden: IsHidden = () => false): readonly string[] {
  const files: string[] = [];
  visit(folder, "", files, isHidden);
  return files;
}

function visit(root: string, prefix: string, files: string[], isHidden: IsHidden): void {
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const relpath = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
    const path = join(root, relpath);
    if (isHidden(relpath, entry.isDirectory())) continue;
    if (entry.name === ".dvcignore") {
      throw new UnsupportedEntryError(
        path,
        "a .dvcignore may not lie inside tracked data",
        "Move it to a folder above.",
      );
    }
    if (entry.name.includes(REPLACEMENT) && !existsSync(path)) {
      throw new UnsupportedEntryError(path, "its name is not valid UTF-8", "Rename the file.");
    }
    if (entry.isDirectory()) {
      if (NEVER.has(entry.name) || existsSync(join(path, ".dvc"))) continue;
      visit(root, relpath, files, isHidden);
    } else if (entry.isSymbolicLink()) {
      if (isLinkToFile(path)) files.push(relpath);
    } else if (entry.isFile()) {
      files.push(relpath);
    }
  }
}

function isLinkToFile(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UnsupportedEntryError(path, "it is a symbolic link to nothing", "Remove the link, or make its target.");
  }
  return stats.isFile();
}
