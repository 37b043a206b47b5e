import { openProject, type Project, selectExperiments } from "@waymark/experiments";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { repoTemplate } from "../support/repo-template.ts";
import { TestRun } from "./support.ts";

const makeThree = repoTemplate(() => {
  const repo = gitRepo();
  new TestRun(repo, { name: "shared" }).checkpoint(0);
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  const run = new TestRun(repo, { name: "shared" });
  run.checkpoint(0);
  run.checkpoint(1);
  new TestRun(repo, { name: "single", message: "another" }).checkpoint(0);
  return repo;
});

/** Two baselines: `older` has one experiment, `main` has two, one of which has the older one's name. */
export function threeExperiments(): { repo: GitRepo; older: string; project: Project } {
  const repo = makeThree();
  return { repo, older: repo.git("rev-parse", "HEAD~1"), project: openProject(repo.root, GIT_TEST_ENV) };
}

/** All refs of experiments and of ours but the records of operations, as `id name` lines. */
export function listState(repo: GitRepo): string[] {
  const format = "--format=%(objectname) %(refname)";
  return repo
    .git("for-each-ref", format, "refs/exps", "refs/waymark/tags", "refs/waymark/notes", "refs/heads")
    .split("\n");
}

/** Names of all experiments, in order. */
export async function listNames(project: Project): Promise<string[]> {
  return (await selectExperiments(project, { baselines: { allCommits: true } })).map(({ name }) => name).sort();
}
