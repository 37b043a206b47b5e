import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@waymark/files";
import { recogniseLayout, type FolderLayout } from "../live-folder/layout.ts";

/** How deep below the root a live folder may lie. */
const MAX_DEPTH = 6;
/** Folders one search looks into: data sets may have hundreds of thousands. */
const MAX_FOLDERS = 20_000;
/** Names of folders that never hold runs, and may be huge. */
const SKIPPED: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".dvc",
  "__pycache__",
  ".venv",
  "venv",
  ".waymark",
]);
/** Names of folders that are parts of a live folder. */
const PARTS: ReadonlySet<string> = new Set(["plots", "artifacts", "static", "images", "scalars"]);

/** A live folder: its path relative to the root (`.` for the root itself), and how it is laid out. */
export interface FoundFolder {
  readonly folder: string;
  readonly layout: FolderLayout;
}

/** What a search came upon. */
export interface FolderSearch {
  readonly found: readonly FoundFolder[];
  /** Absolute paths of the other folders it looked into, the highest first: a new live folder would appear there. */
  readonly searched: readonly string[];
}

/** Searches a project for live folders, level by level, without following links. */
export async function findLiveFolders(root: string): Promise<FolderSearch> {
  const found: FoundFolder[] = [];
  const searched: string[] = [];
  let looked = 0;
  let level = ["."];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (looked++ >= MAX_FOLDERS) return { found, searched };
      const path = join(root, folder);
      const layout = recogniseLayout(path);
      if (layout === undefined) searched.push(path);
      else found.push({ folder, layout });
      for (const name of await subfolders(path)) {
        // Ranks of a distributed run log into folders of their own inside the run's folder.
        if (SKIPPED.has(name) || (layout !== undefined && PARTS.has(name))) continue;
        next.push(folder === "." ? name : `${folder}/${name}`);
      }
    }
    level = next;
  }
  return { found, searched };
}

async function subfolders(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return [];
  }
}
