import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@waymark/files";

/** Live folders lie near the top; deeper there is data. */
const MAX_DEPTH = 4;
const MAX_FOLDERS = 2000;
/** Never hold what a run logs, and may be huge. */
const SKIPPED: ReadonlySet<string> = new Set(["node_modules", "__pycache__", "venv", "plots", "artifacts"]);
/** Where a live folder has its histories, now and in older layouts. */
const PARTS = ["plots/metrics", "scalars"] as const;

/** Searches a folder for live folders that have histories, without following links, up to a few thousand folders. */
export function findLoggedFolders(root: string): readonly string[] {
  const found: string[] = [];
  let level = [root];
  let looked = 0;
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      looked += 1;
      if (looked > MAX_FOLDERS) return found;
      const names = listFolders(folder);
      if (
        names.includes("scalars") ||
        (names.includes("plots") && listFolders(join(folder, "plots")).includes("metrics"))
      ) {
        found.push(folder);
      }
      for (const name of names) if (!name.startsWith(".") && !SKIPPED.has(name)) next.push(join(folder, name));
    }
    level = next;
  }
  return found;
}

/** Lists where the history of a metric may lie in a live folder. */
export function historyPaths(folder: string, fileSegments: readonly string[]): readonly string[] {
  return PARTS.map((part) => `${join(folder, part, ...fileSegments)}.tsv`);
}

function listFolders(folder: string): readonly string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EMFILE", "ENFILE", "ELOOP")) return [];
    throw error;
  }
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
