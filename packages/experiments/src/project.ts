import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { type GitRepository, openRepository } from "@waymark/git";
import { NotARepositoryError, NoWorkTreeError } from "./errors.ts";

/** A Git repository with the DVC folder in it. */
export interface Project {
  readonly repo: GitRepository;
  /** Root of the Git work tree. */
  readonly root: string;
  /** Folder that holds `.dvc`, or will: `root` itself, or a folder below it. */
  readonly dvcRoot: string;
}

/**
 * Opens the repository that a folder belongs to.
 *
 * @returns `undefined` outside a Git work tree.
 */
export function findProject(cwd: string, env?: Readonly<Record<string, string | undefined>>): Project | undefined {
  const repo = openRepository(cwd, env === undefined ? {} : { env });
  return repo === undefined ? undefined : { repo, root: repo.root, dvcRoot: findDvcRoot(realPath(cwd), repo.root) };
}

/**
 * As {@link findProject}, for what cannot do without.
 *
 * @throws {@link NotARepositoryError}; {@link NoWorkTreeError} in a bare repository and in a `.git` folder.
 */
export function openProject(cwd: string, env?: Readonly<Record<string, string | undefined>>): Project {
  const project = findProject(cwd, env);
  if (project !== undefined) return project;
  const gitDir = findGitDir(cwd);
  throw gitDir === undefined ? new NotARepositoryError(cwd) : new NoWorkTreeError(cwd, gitDir);
}

/** Finds the repository's own folder that a folder is, or lies in: Git tells it by the same three. */
function findGitDir(cwd: string): string | undefined {
  const has = (folder: string, name: string): boolean => existsSync(join(folder, name));
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (has(folder, "HEAD") && has(folder, "objects") && has(folder, "refs")) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * Makes a path relative to the root, with `/`. Symbolic links above the last part are followed, as Git has done for the
 * root; a link itself is a file of the repository.
 *
 * @returns `undefined` for what lies outside, and `""` for the root itself.
 */
export function toRepositoryPath(root: string, path: string): string | undefined {
  const absolute = resolve(path);
  const isRoot = absolute === root || realPath(absolute) === root;
  const inside = isRoot ? "" : relative(root, join(realPath(dirname(absolute)), basename(absolute)));
  if (inside === ".." || inside.startsWith(`..${sep}`)) return undefined;
  return sep === "/" ? inside : inside.split(sep).join("/");
}

/** Folder of our own state inside a project; DVC looks at nothing in it, and Git ignores it. */
export function stateFolder(project: Project): string {
  return join(project.dvcRoot, ".dvc", "tmp", "waymark");
}

function findDvcRoot(cwd: string, root: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (statSync(join(folder, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true) return folder;
    if (folder === root || folder === dirname(folder)) return root;
  }
}

/** Follows symbolic links as far as the path exists. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}
