import { readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isErrno } from "@waymark/files";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";
import { isGitFolderName } from "./tree-path.ts";

/** Which names below a folder its own `.gitignore` hides: all of them, these, or a rule only Git can judge. */
export type IgnoreRules = "all" | "complex" | ReadonlySet<string>;

/**
 * Reads the plain forms of a `.gitignore`, which are the ones tools write: `*` alone, and anchored names (`/model.bin`)
 * without wildcards.
 */
export function parsePlainIgnoreRules(text: string): IgnoreRules {
  const names = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const rule = line.trimEnd();
    if (rule === "" || rule.startsWith("#")) continue;
    if (rule === "*") return text.includes("!") ? "complex" : "all";
    if (!/^\/[^/*?[\]\\!#]+$/.test(rule)) return "complex";
    names.add(rule.slice(1));
  }
  return names;
}

/**
 * Lists the files of a work tree folder that are to be committed with it: everything but what a `.gitignore` inside the
 * folder hides. Rules from outside do not count: the caller asked for the folder. Folders of other repositories are
 * left out.
 *
 * @param folder - Relative to the root, `/` between parts.
 * @returns Paths relative to the root, in name order.
 */
export function listFolderFiles(repo: GitRepository, folder: string): readonly string[] {
  const walk: Walk = { root: repo.root, files: [], doubtful: [] };
  visit(walk, folder, false);
  if (walk.doubtful.length === 0) return walk.files;
  const hidden = hiddenInside(repo, folder, walk.doubtful);
  return walk.files.filter((path) => !hidden.has(path));
}

interface Walk {
  readonly root: string;
  readonly files: string[];
  /** Files below a `.gitignore` with wildcards. */
  readonly doubtful: string[];
}

function visit(walk: Walk, folder: string, isDoubtful: boolean): void {
  const entries = readEntries(join(walk.root, folder));
  let rules: IgnoreRules = new Set();
  if (entries.some((entry) => entry.name === ".gitignore" && entry.isFile())) {
    rules = parsePlainIgnoreRules(readFileSync(join(walk.root, folder, ".gitignore"), "utf8"));
  }
  if (rules === "all") return;
  const doubtful = isDoubtful || rules === "complex";
  for (const entry of entries) {
    if (rules !== "complex" && rules.has(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isRepository(join(walk.root, path))) visit(walk, path, doubtful);
    } else if (entry.isFile() || entry.isSymbolicLink()) {
      walk.files.push(path);
      if (doubtful) walk.doubtful.push(path);
    }
  }
}

function readEntries(folder: string): ReturnType<typeof readNamed> {
  try {
    return readNamed(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

function readNamed(folder: string) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !isGitFolderName(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isRepository(folder: string): boolean {
  try {
    return readdirSync(folder).includes(".git");
  } catch {
    return false;
  }
}

/**
 * Asks Git which files a rule inside the folder hides. For this question the folder is the whole work tree, because a
 * rule outside that hides the folder would keep Git from looking at any inside.
 */
function hiddenInside(repo: GitRepository, folder: string, paths: readonly string[]): ReadonlySet<string> {
  const place = { root: join(repo.root, folder), gitDir: repo.gitDir, env: repo.env };
  const input = paths.map((path) => `${path.slice(folder.length + 1)}\0`).join("");
  const { stdout } = runGitSync(place, ["check-ignore", "-z", "--verbose", "--no-index", "--stdin"], {
    input,
    config: ["core.excludesFile="],
    allowedExitCodes: [0, 1],
  });
  const hidden = new Set<string>();
  const fields = stdout.toString().split("\0");
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [source = "", , pattern = "", path = ""] = fields.slice(at, at + 4);
    const isInside = source === ".gitignore" || (source.endsWith("/.gitignore") && !isAbsolute(source));
    if (isInside && !pattern.startsWith("!")) hidden.add(`${folder}/${path}`);
  }
  return hidden;
}
