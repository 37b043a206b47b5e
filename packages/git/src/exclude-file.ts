import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFileSync } from "@waymark/files";
import type { GitRepository } from "./repository.ts";

/**
 * Keeps a path out of Git's sight by the repository's own `info/exclude`, which no commit holds and no stash takes
 * away. Tracked files below it stay tracked.
 *
 * @param pattern - A line as in `.gitignore`, such as `/data`.
 * @param note - A comment line above it, which says whose it is.
 */
export function excludeLocally(repo: GitRepository, pattern: string, note: string): void {
  const { path, folder, text } = readExclude(repo);
  if (text.split("\n").includes(pattern)) return;
  mkdirSync(folder, { recursive: true });
  replaceFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${note}\n${pattern}\n`);
}

/**
 * Takes back what {@link excludeLocally} did with the same note.
 *
 * @returns Whether there was anything to take back: a line that somebody else wrote stays.
 */
export function includeLocally(repo: GitRepository, pattern: string, note: string): boolean {
  const { path, text } = readExclude(repo);
  const lines = `${note}\n${pattern}\n`;
  if (!text.includes(lines)) return false;
  replaceFileSync(path, text.replace(lines, ""));
  return true;
}

function readExclude(repo: GitRepository): { readonly path: string; readonly folder: string; readonly text: string } {
  const folder = join(repo.commonDir, "info");
  const path = join(folder, "exclude");
  return { path, folder, text: existsSync(path) ? readFileSync(path, "utf8") : "" };
}
