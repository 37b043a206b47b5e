import { readdirSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "@waymark/files";

/** Files that one tree may show; what lies beyond is left out and said so. */
const MAX_FILES = 100_000;
const MAX_DEPTH = 16;

/** The files of a tree, and whether some were left out. */
export interface FileListing {
  /** Relative to the tree, with forward slashes, in name order per folder. */
  readonly files: readonly string[];
  /** Folders of the tree, the tree itself first (as an empty string). */
  readonly folders: readonly string[];
  readonly isCut: boolean;
}

/** Lists the regular files under `folder` without following links. A folder that is not there, or
 * that we may not look into, is empty. */
export function listFiles(folder: string): FileListing {
  const files: string[] = [];
  const folders: string[] = [];
  let isCut = false;
  const visit = (relative: string, depth: number): void => {
    let entries;
    try {
      entries = readdirSync(join(folder, relative), { withFileTypes: true });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return;
    }
    folders.push(relative);
    for (const entry of entries) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (files.length >= MAX_FILES) isCut = true;
      else if (entry.isFile()) files.push(path);
      else if (!entry.isDirectory()) continue;
      else if (depth >= MAX_DEPTH) isCut = true;
      else visit(path, depth + 1);
    }
  };
  visit("", 0);
  return { files, folders, isCut };
}
