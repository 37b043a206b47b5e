import { openDvcProject, initProject, type DvcProject } from "@waymark/pipeline";
import { trackSync } from "@waymark/store";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

/** Variables in which nothing on the machine has a say. */
export const DATA_ENV: NodeJS.ProcessEnv = {
  ...GIT_TEST_ENV,
  DVC_GLOBAL_CONFIG_DIR: "/nonexistent",
  DVC_SYSTEM_CONFIG_DIR: "/nonexistent",
};

/** A Git repository that is a project, committed. */
export function dataRepo(files: Readonly<Record<string, string>> = {}): GitRepo {
  const repo = gitRepo({ "README.md": "# data\n", ...files });
  initProject(repo.root, { env: DATA_ENV });
  repo.commitAll("init");
  return repo;
}

/** Opens the project as a command in one of its folders does. */
export function openData(repo: GitRepo, folder = ""): DvcProject {
  return openDvcProject(repo.path(folder), DATA_ENV);
}

/** Puts data into the cache and records it, without any command. */
export function track(repo: GitRepo, ...paths: readonly string[]): void {
  const { cache } = openData(repo);
  for (const path of paths) trackSync(cache, repo.path(path), { durable: false });
}
