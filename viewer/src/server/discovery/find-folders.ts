import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "@waymark/files";
import { statIfSeen } from "../history/stat.ts";
import { folderIdentity } from "../live-folder/folder-watch.ts";
import { recogniseLayout, type FolderLayout } from "../live-folder/layout.ts";

/** How deep below the root a live folder may lie. */
const MAX_DEPTH = 6;
/** Folders one search looks into: data sets may have hundreds of thousands. */
const MAX_FOLDERS = 20_000;
/** Names of folders that never hold runs, and may be huge. */
export const SKIPPED: ReadonlySet<string> = new Set([
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

/** A folder that a search looked into. */
export interface SearchedFolder {
  /** Absolute. */
  readonly path: string;
  /** How many files and folders it holds. */
  readonly entries: number;
  /** Tells it from a folder made later under its name. */
  readonly identity: string;
  /** When entries last came or went before it was looked into, epoch milliseconds. */
  readonly changedMs: number;
}

/** What a search came upon. */
export interface FolderSearch {
  readonly found: readonly FoundFolder[];
  /** The other folders it looked into, the highest first: a new live folder would appear there. */
  readonly searched: readonly SearchedFolder[];
}

/** Says whether searches look into folders of this name. @param isInLive - Whether it lies in a live folder. */
export function isSearched(name: string, isInLive: boolean): boolean {
  // Ranks of a distributed run log into folders of their own inside the run's folder.
  return !SKIPPED.has(name) && !(isInLive && PARTS.has(name));
}

/**
 * Searches a project for live folders, level by level, without following links.
 *
 * @param root - Absolute path of the project.
 * @param below - Where to search, relative to the root with forward slashes. Default: everywhere.
 */
export async function findLiveFolders(root: string, below = ""): Promise<FolderSearch> {
  const found: FoundFolder[] = [];
  const searched: SearchedFolder[] = [];
  let looked = 0;
  let level = [below === "" ? "." : below];
  const firstDepth = depthOf(below);
  for (let depth = firstDepth; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (looked++ >= MAX_FOLDERS) return { found, searched };
      const path = join(root, folder);
      const stats = statIfSeen(path);
      if (stats === undefined) continue;
      const layout = recogniseLayout(path);
      const { folders, entries } = await listFolders(path);
      if (layout !== undefined) found.push({ folder, layout });
      else searched.push({ path, entries, identity: folderIdentity(stats), changedMs: stats.mtimeMs });
      for (const name of folders) {
        if (isSearched(name, layout !== undefined)) next.push(folder === "." ? name : `${folder}/${name}`);
      }
    }
    level = next;
  }
  return { found, searched };
}

/** How deep a folder lies in its work tree. Those of runs beside the workspace lie deep in it themselves. */
function depthOf(folder: string): number {
  const inside = folder.replace(
    /^(?:.*\/)?\.dvc\/tmp\/waymark\/(?:worktrees\/\d+|exp-runs\/[^/]+\/files)(?:\/|$)/u,
    "",
  );
  return inside === "" ? 0 : inside.split("/").length;
}

async function listFolders(path: string): Promise<{ folders: string[]; entries: number }> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return { folders, entries: entries.length };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return { folders: [], entries: 0 };
  }
}
