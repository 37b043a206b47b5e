import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFileSync } from "@waymark/files";
import { initDvcFolder } from "@waymark/store";
import { type Project, toRepositoryPath } from "./project.ts";

const NOTE = "# Waymark: keeps `git stash -u`, `git clean` and `dvc exp apply` from deleting the cache below.";

/**
 * Makes the project a DVC project when it is none. Nothing is staged: the user's index is the user's.
 *
 * A `.dvc` folder that Git does not track is in danger: real DVC's `exp apply` stashes untracked files, its own
 * `.dvc/.gitignore` among them, and libgit2 then removes the folder with the whole cache in it. (`dvc init` avoids
 * that by staging its files.) So a folder we make is excluded in the repository's own `info/exclude`, which no commit
 * holds and no stash takes away; tracked files below it stay tracked.
 */
export function prepareDvcFolder(project: Project): void {
  if (existsSync(join(project.dvcRoot, ".dvc", "config"))) return;
  excludeFolder(project);
  initDvcFolder(project.dvcRoot);
}

function excludeFolder(project: Project): void {
  const below = toRepositoryPath(project.root, project.dvcRoot) ?? "";
  const entry = `/${below === "" ? "" : `${below}/`}.dvc`;
  const folder = join(project.repo.commonDir, "info");
  const path = join(folder, "exclude");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text.split("\n").includes(entry)) return;
  mkdirSync(folder, { recursive: true });
  replaceFileSync(path, `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${NOTE}\n${entry}\n`);
}
