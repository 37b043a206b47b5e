import { realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { openRepository, type GitRepository } from "@waymark/git";
import { ContentCache, findDvcRoot } from "@waymark/store";
import type { Environment } from "../project/dvc-project.ts";

/** Where params, metrics and plots are read: a DVC project, or any folder with files of them. */
export interface FigureProject {
  /** Root of the project; without one that of the Git work tree, or else the current folder. Absolute. */
  readonly root: string;
  /** `undefined` outside of Git. */
  readonly repo: GitRepository | undefined;
  /** The `.dvc` folder with its cache; `undefined` where there is none. */
  readonly dvc: { readonly dir: string; readonly cache: ContentCache } | undefined;
  /** The current folder relative to the root, `/` between parts; empty in the root. */
  readonly folder: string;
  /** As given to {@link openFigureProject}. */
  readonly findOther: FindOther | undefined;
}

/** Finds the commit of a name that is none of Git's own, such as that of an experiment; `undefined` when there is none. */
export type FindOther = (repo: GitRepository, name: string) => Promise<string | undefined>;

/**
 * Opens what a folder belongs to. Unlike most commands, those that only show figures need no DVC project: what a live
 * folder holds can be looked at before anybody ran `init`.
 *
 * @param cwd - Absolute.
 * @param findOther - Asked for revisions that Git does not know.
 * @throws `CacheConfigError` when a project's configuration cannot be read.
 */
export function openFigureProject(cwd: string, env: Environment, findOther?: FindOther): FigureProject {
  const repo = openRepository(cwd, { env });
  const dvcRoot = findDvcRoot(cwd, repo?.root);
  const here = realpathSync(cwd);
  const root = dvcRoot ?? (repo === undefined ? here : realpathSync(repo.root));
  const dir = join(root, ".dvc");
  const cache = dvcRoot === undefined ? undefined : ContentCache.open(dir, { env });
  return {
    root,
    repo: cache?.config.hasNoScm === true ? undefined : repo,
    dvc: cache === undefined ? undefined : { dir, cache },
    folder: relative(root, here).split(sep).join("/"),
    findOther,
  };
}
