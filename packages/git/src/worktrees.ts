import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isErrno } from "@waymark/files";
import { GitRepository } from "./repository.ts";
import { runGit, runGitSync } from "./run.ts";

/**
 * A variable that processes have which belong to one work tree: its root. Whoever takes the work tree over ends those that
 * are left, so a process that is to outlive the others goes without it.
 */
export const WORKTREE_VARIABLE = "WAYMARK_PLACE";

/** A work tree of a repository. */
export interface Worktree {
  /** Absolute. */
  readonly path: string;
  /** Its folder is gone, or Git finds it useless for another reason. */
  readonly isPrunable: boolean;
  /** Somebody asked Git to keep it. */
  readonly isLocked: boolean;
  /** The commit it is at; `undefined` without commits. */
  readonly head: string | undefined;
}

/** Lists the work trees of a repository, the main one first. */
export function listWorktrees(repo: GitRepository): readonly Worktree[] {
  const { stdout } = runGitSync(repo, ["worktree", "list", "--porcelain"]);
  return stdout
    .toString()
    .split("\n\n")
    .filter((block) => block.startsWith("worktree "))
    .map((block) => {
      const lines = block.split("\n");
      const has = (word: string): boolean => lines.some((line) => line === word || line.startsWith(`${word} `));
      return {
        path: (lines[0] ?? "").slice("worktree ".length),
        isPrunable: has("prunable"),
        isLocked: has("locked"),
        head: lines.find((line) => line.startsWith("HEAD "))?.slice("HEAD ".length),
      };
    });
}

/** Forgets a work tree whose folder is gone. */
export function forgetWorktree(repo: GitRepository, path: string): void {
  runGitSync(repo, ["worktree", "remove", "--force", "--", path]);
}

/** A linked work tree as its files tell, without asking Git. */
export interface LinkedWorktree {
  /** Root of the work tree, absolute, as it was when it was made. */
  readonly path: string;
  /** Its folder inside the Git folder: HEAD and the index are here. */
  readonly gitDir: string;
}

/** Lists the linked work trees of a repository, also those whose folders are gone. */
export function listLinkedWorktrees(repo: GitRepository): readonly LinkedWorktree[] {
  const folder = join(repo.commonDir, "worktrees");
  return listNames(folder).flatMap((name) => {
    const gitDir = join(folder, name);
    const gitFile = readText(join(gitDir, "gitdir"))?.trim();
    return gitFile === undefined || gitFile === "" ? [] : [{ path: dirname(resolve(gitDir, gitFile)), gitDir }];
  });
}

/** Options of {@link addWorktree}. */
export interface AddWorktreeOptions {
  /** Why Git must not prune it, for whoever lists work trees. */
  readonly reason: string;
  /** Variables on top of those of the repository. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Makes a work tree at a commit, its HEAD detached, without any file in it yet: see {@link checkOutCommit}. Git never
 * prunes it. No hook runs, no branch is made, HEAD and the index of other work trees stay as they are.
 *
 * @param path - Absolute; nothing is there yet.
 */
export async function addWorktree(
  repo: GitRepository,
  path: string,
  commit: string,
  options: AddWorktreeOptions,
): Promise<GitRepository> {
  const how = ["--quiet", "--detach", "--no-checkout", "--lock", "--reason", options.reason];
  mkdirSync(dirname(path), { recursive: true });
  await runGit(repo, ["worktree", "add", ...how, "--", path, commit], {
    // A log of HEAD would keep the files of every run ever made there from being collected.
    config: ["core.logAllRefUpdates=false"],
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const made = openLinkedWorktree(repo, path);
  if (made === undefined) throw new Error(`Git made no work tree at '${path}'`);
  return made;
}

/**
 * Opens a linked work tree by what its files say, without starting a process.
 *
 * @returns `undefined` when there is none at the path, or it and the repository do not know each other: one of them was
 *   moved or copied.
 */
export function openLinkedWorktree(repo: GitRepository, path: string): GitRepository | undefined {
  // In the place of one, a link leads to another one.
  const root = isLink(path) ? undefined : realPath(path);
  const gitFile = root === undefined ? undefined : readText(join(root, ".git"));
  const gitDir = /^gitdir: (.+?)\r?\n?$/su.exec(gitFile ?? "")?.[1];
  if (root === undefined || gitDir === undefined) return undefined;
  const admin = realPath(resolve(root, gitDir));
  const worktrees = realPath(join(repo.commonDir, "worktrees"));
  if (admin === undefined || dirname(admin) !== worktrees) return undefined;
  const back = readText(join(admin, "gitdir"))?.trim();
  if (back === undefined || realPath(dirname(resolve(admin, back))) !== root) return undefined;
  if (readText(join(admin, "HEAD")) === undefined || readText(join(admin, "commondir")) === undefined) return undefined;
  const { commonDir, objectFormat, isShallow, env } = repo;
  return new GitRepository({ root, gitDir: admin, commonDir, objectFormat, isShallow, env });
}

/**
 * Removes a linked work tree with everything in it, in whatever state it is, and has Git forget it.
 *
 * @param removeFolder - Deletes its folder.
 */
export function removeLinkedWorktree(repo: GitRepository, path: string, removeFolder: (path: string) => void): void {
  // Links in the path can only be followed as long as there is a folder; one that is gone is known by its name alone.
  const real = realPath(path);
  const isMeant = (known: string): boolean => known === path || (real !== undefined && realPath(known) === real);
  const known = isLink(path) ? [] : listLinkedWorktrees(repo).filter((tree) => isMeant(tree.path));
  removeFolder(path);
  for (const { gitDir } of known) rmSync(gitDir, { recursive: true, force: true });
  try {
    // As Git does when the last one goes.
    rmdirSync(join(repo.commonDir, "worktrees"));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTEMPTY", "EEXIST", "EBUSY")) throw error;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
}
