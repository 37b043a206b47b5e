import { existsSync } from "node:fs";
import { join } from "node:path";
import { excludeLocally } from "@waymark/git";
import { EXCLUDE_NOTE, initDvcFolder } from "@waymark/store";
import { type Project, toRepositoryPath } from "./project.ts";
import { shareMainCache } from "./share-main-cache.ts";

/**
 * Makes the project a DVC project when it is none. Nothing is staged: the user's index is the user's.
 *
 * A `.dvc` folder that Git does not track is in danger: real DVC's `exp apply` stashes untracked files, its own
 * `.dvc/.gitignore` among them, and libgit2 then removes the folder with the whole cache in it. (`dvc init` avoids
 * that by staging its files.) So a folder we make is excluded in the repository's own `info/exclude`, which no commit
 * holds and no stash takes away; tracked files below it stay tracked.
 */
export function prepareDvcFolder(project: Project): void {
  shareMainCache(project);
  if (existsSync(join(project.dvcRoot, ".dvc", "config"))) return;
  const below = toRepositoryPath(project.root, project.dvcRoot) ?? "";
  excludeLocally(project.repo, `/${below === "" ? "" : `${below}/`}.dvc`, EXCLUDE_NOTE);
  initDvcFolder(project.dvcRoot);
}
