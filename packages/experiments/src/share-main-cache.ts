import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { changeConfigFile, editConfigFile, readDvcConfig } from "@waymark/store";
import { type Project, toRepositoryPath } from "./project.ts";

/**
 * Lets a linked work tree of Git share the cache of the main one, as long as it has none of its own: in both, an
 * experiment finds its data. That is written to `.dvc/config.local`, where DVC itself says so in the clones it runs
 * experiments in, so that both tools agree.
 */
export function shareMainCache(project: Project): void {
  const { repo, root, dvcRoot } = project;
  // A bare repository, or one whose `.git` lies elsewhere, has no main work tree that could be found.
  if (repo.gitDir === repo.commonDir || basename(repo.commonDir) !== ".git") return;
  const dvcDir = join(dvcRoot, ".dvc");
  if (existsSync(join(dvcDir, "cache"))) return;
  const below = toRepositoryPath(root, dvcRoot) ?? "";
  const mainDvcDir = join(dirname(repo.commonDir), below, ".dvc");
  const mainCache = existsSync(mainDvcDir) ? readDvcConfig(mainDvcDir, repo.env).cacheDir : undefined;
  if (mainCache === undefined || !existsSync(mainCache)) return;
  // Configured: it is shared already, or somebody wants it so.
  if (readDvcConfig(dvcDir, repo.env).cacheDir !== join(dvcDir, "cache")) return;
  changeConfigFile({ dvcDir, level: "local", env: repo.env }, (text) =>
    editConfigFile(text, "cache", "dir", mainCache),
  );
}
