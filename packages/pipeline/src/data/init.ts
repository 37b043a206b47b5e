import { existsSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { TrackerError } from "@waymark/core";
import { includeLocally, listIgnoredPaths, openRepository, type GitRepository } from "@waymark/git";
import { EXCLUDE_NOTE, initDvcFolder } from "@waymark/store";
import type { Environment } from "../project/dvc-project.ts";
import { stageFiles } from "../project/project-edit.ts";
import { projectPrefix } from "../project/scoped-stages.ts";

/** A folder that cannot become a project. */
export class InitError extends TrackerError {
  override readonly code = "INIT";
}

/** Options of {@link initProject}. */
export interface InitOptions {
  readonly env: Environment;
  /** The folder lies in a Git work tree whose root is further up. Default `false`. */
  readonly isSubfolder?: boolean;
  /** The project lives without Git. Default `false`. */
  readonly hasNoScm?: boolean;
  /** Removes a `.dvc` folder that is there, its cache included. Default `false`. */
  readonly force?: boolean;
}

/** A new project. */
export interface InitializedProject {
  /** Absolute, symbolic links resolved. */
  readonly root: string;
  /** Files that were staged, relative to the root. */
  readonly staged: readonly string[];
}

const NO_SCM_CONFIG = "[core]\n    no_scm = True\n";

/**
 * Makes a folder a DVC project, and stages the files of it that belong into Git, as `dvc init` does.
 *
 * @param folder - Absolute; it exists.
 * @throws {@link InitError}
 */
export function initProject(folder: string, options: InitOptions): InitializedProject {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InitError(`There is no folder '${folder}'`, { hint: "Make it first: `mkdir -p`." });
  }
  const root = realpathSync(resolve(folder));
  const repo = options.hasNoScm === true ? undefined : requireRepository(root, options);
  // Kept out of Git's sight by us, when experiments were made before anybody asked for a project.
  const isAdopted =
    repo !== undefined && includeLocally(repo, `/${posix.join(projectPrefix(repo, root), ".dvc")}`, EXCLUDE_NOTE);
  if (repo !== undefined) refuseIgnored(repo, root);
  const dvcDir = join(root, ".dvc");
  if (existsSync(dvcDir) && !isAdopted) {
    if (options.force !== true) {
      throw new InitError(`'${dvcDir}' exists: this is a project already`, {
        hint: "`-f` makes it anew, and removes its cache with all data that is nowhere else.",
      });
    }
    rmSync(dvcDir, { recursive: true });
  }
  initDvcFolder(root);
  if (repo === undefined) {
    rmSync(join(dvcDir, ".gitignore"));
    writeFileSync(join(dvcDir, "config"), NO_SCM_CONFIG);
    return { root, staged: [] };
  }
  const staged = [".dvc/.gitignore", ".dvc/config", ".dvcignore"];
  stageFiles({ repo, root }, staged);
  return { root, staged };
}

function requireRepository(root: string, options: InitOptions): GitRepository {
  const repo = openRepository(root, { env: options.env });
  if (repo === undefined) {
    throw new InitError(`'${root}' is in no Git repository`, {
      hint: "Run `git init` first, or pass `--no-scm` to do without Git.",
    });
  }
  if (repo.root !== root && options.isSubfolder !== true) {
    throw new InitError(`'${root}' is not the root of its Git repository, which is '${repo.root}'`, {
      hint: "Run it there, or pass `--subdir` for a project in a folder of the repository.",
    });
  }
  return repo;
}

function refuseIgnored(repo: GitRepository, root: string): void {
  const prefix = projectPrefix(repo, root);
  const path = posix.join(prefix, ".dvc");
  if (listIgnoredPaths(repo, [path, `${path}/config`]).size === 0) return;
  throw new InitError(`'${join(root, ".dvc")}' is ignored by Git`, {
    hint: "Its config belongs into Git: add a line `!.dvc` to the .gitignore that hides it.",
  });
}
