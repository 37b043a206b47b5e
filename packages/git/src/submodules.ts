import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { isErrno } from "@waymark/files";
import { GitCommandError } from "./errors.ts";
import { runGit, type GitPlace } from "./run.ts";
import { requireTreePath } from "./tree-path.ts";

/** Where submodules are filled in, and where they come from. */
export interface FillSubmodulesOptions {
  /** A work tree that has them, such as the user's. */
  readonly source: string;
  /** Folder for the indexes of their files. */
  readonly indexFolder: string;
  /** Variables on top of those of the place. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes away what is not of the submodule: its root, and what {@link runGit} needs to look into it. */
  readonly clean: (place: GitPlace, env: Readonly<Record<string, string>>) => Promise<void>;
}

/** A submodule that could not be filled in: the source has no such commit. */
export interface MissingSubmodule {
  /** Relative to the root of the outermost work tree. */
  readonly path: string;
  readonly commit: string;
}

/**
 * Fills the submodules of a work tree with the files of the commits it names, as far as another work tree has those
 * submodules; nothing is fetched, and nothing of the source changes. What comes about are plain files: to Git, a folder
 * without a repository of its own is a submodule that was not touched.
 *
 * @param place - The work tree; its index says which commits.
 * @returns Those that are in the source, but not at that commit.
 */
export async function fillSubmodules(
  place: GitPlace,
  options: FillSubmodulesOptions,
): Promise<readonly MissingSubmodule[]> {
  return await fill(place, {}, options, "");
}

async function fill(
  place: GitPlace,
  placeEnv: Readonly<Record<string, string>>,
  options: FillSubmodulesOptions,
  prefix: string,
): Promise<readonly MissingSubmodule[]> {
  if (!existsSync(join(place.root, ".gitmodules"))) return [];
  const missing: MissingSubmodule[] = [];
  for (const { path, commit } of await listGitlinks(place, { ...options.env, ...placeEnv })) {
    const from = join(options.source, path);
    const gitDir = gitFolderOf(from);
    if (gitDir === undefined) continue;
    const root = join(place.root, path);
    mkdirSync(root, { recursive: true });
    // A link in the path would lead out of the work tree.
    if (realpathSync(root) !== join(realpathSync(place.root), path)) continue;
    const name = createHash("sha256").update(`${prefix}${path}`).digest("hex").slice(0, 16);
    mkdirSync(options.indexFolder, { recursive: true });
    const env = { ...options.env, GIT_INDEX_FILE: join(options.indexFolder, name) };
    const inner: GitPlace = { root, gitDir, env: place.env };
    try {
      await runGit(inner, ["read-tree", "--reset", "-u", commit], { env, config: ["checkout.workers=0"] });
    } catch (error) {
      if (!(error instanceof GitCommandError)) throw error;
      missing.push({ path: `${prefix}${path}`, commit });
      continue;
    }
    await options.clean(inner, env);
    missing.push(...(await fill(inner, env, { ...options, source: from }, `${prefix}${path}/`)));
  }
  return missing;
}

async function listGitlinks(
  place: GitPlace,
  env: Readonly<Record<string, string>>,
): Promise<readonly { readonly path: string; readonly commit: string }[]> {
  const { stdout } = await runGit(place, ["ls-files", "-z", "--stage"], { env });
  return stdout
    .toString()
    .split("\0")
    .flatMap((line) => {
      const [, commit, path] = /^160000 ([0-9a-f]+) 0\t(.+)$/su.exec(line) ?? [];
      if (commit === undefined || path === undefined) return [];
      requireTreePath(path);
      return [{ path, commit }];
    });
}

/** The Git folder of a work tree: `.git` itself, or where that file points. */
function gitFolderOf(root: string): string | undefined {
  const path = join(root, ".git");
  try {
    if (lstatSync(path).isDirectory()) return path;
    const target = /^gitdir: (.+?)\r?\n?$/su.exec(readFileSync(path, "utf8"))?.[1];
    return target === undefined ? undefined : resolve(root, target);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
}
