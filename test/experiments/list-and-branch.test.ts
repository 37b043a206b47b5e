import { branchExperiment, listExperiments, openProject } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef, TestRun } from "./support.ts";

function open(repo: GitRepo) {
  return openProject(repo.root, GIT_TEST_ENV).repo;
}

/** Two baselines: `older` has one experiment, `main` has two, one of which has the older one's name. */
function threeExperiments(): { repo: GitRepo; older: string } {
  const repo = gitRepo();
  const older = repo.head();
  new TestRun(repo, { name: "shared" }).checkpoint(0);
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  const run = new TestRun(repo, { name: "shared" });
  run.checkpoint(0);
  run.checkpoint(1);
  new TestRun(repo, { name: "single", message: "another" }).checkpoint(0);
  return { repo, older };
}

describe("listing", () => {
  test("shows the experiments of the current commit", async () => {
    const { repo } = threeExperiments();
    const lists = await listExperiments(open(repo));
    expect(lists.map(({ baselineName, experiments }) => [baselineName, experiments.map(({ name }) => name)])).toEqual([
      ["main", ["shared", "single"]],
    ]);
  });

  test("shows those of every commit, also of one that no branch has any more", async () => {
    const { repo, older } = threeExperiments();
    repo.git("checkout", "--quiet", "--orphan", "fresh");
    repo.git("commit", "--quiet", "--allow-empty", "--message", "fresh");
    repo.git("branch", "--quiet", "--delete", "--force", "main");
    const lists = await listExperiments(open(repo), { allCommits: true });
    expect(lists.map(({ baseline }) => baseline)).toContain(older);
    expect(lists.flatMap(({ experiments }) => experiments)).toHaveLength(3);
  });

  test("shows those of commits before, named by their tag", async () => {
    const { repo, older } = threeExperiments();
    repo.git("tag", "--annotate", "--message", "v1", "v1", older);
    const lists = await listExperiments(open(repo), { revisions: ["HEAD"], count: 2 });
    expect(new Set(lists.map(({ baselineName }) => baselineName))).toEqual(new Set(["main", "v1"]));
  });

  test("passes over refs that are no experiments, packed or loose", async () => {
    const { repo } = threeExperiments();
    for (const ref of [
      "refs/exps/mytool/a/b/c/d",
      "refs/exps/mytool/meta",
      "refs/exps/exec/EXEC_HEAD",
      "refs/exps/stash",
    ]) {
      repo.git("update-ref", ref, "HEAD");
    }
    repo.git("pack-refs", "--all");
    const lists = await listExperiments(open(repo), { allCommits: true });
    expect(lists.flatMap(({ experiments }) => experiments).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["shared", "shared", "single"]),
    );
    expect(lists.flatMap(({ experiments }) => experiments)).toHaveLength(3);
  });
});

describe("a branch", () => {
  test("is made at the checkpoint asked for, and nothing is checked out", () => {
    const { repo } = threeExperiments();
    const before = repo.git("symbolic-ref", "HEAD");
    const { branch, commit } = branchExperiment(open(repo), "shared@0");
    expect(branch).toBe("shared-0-branch");
    expect(commit).toBe(repo.git("rev-parse", `${experimentRef(repo.head(), "shared")}~1`));
    expect(repo.git("rev-parse", "shared-0-branch")).toBe(commit);
    expect(repo.git("symbolic-ref", "HEAD")).toBe(before);
  });

  test("is made of an experiment or one of its commits", () => {
    const { repo } = threeExperiments();
    expect(branchExperiment(open(repo), "single")).toMatchObject({ branch: "single-branch" });
    const commit = repo.git("rev-parse", `${experimentRef(repo.head(), "shared")}~1`);
    expect(branchExperiment(open(repo), commit.slice(0, 10), "there")).toMatchObject({
      ...{ branch: "there", commit, experimentName: "shared" },
    });
  });

  test("is not made of a commit that is none of an experiment's, over another, or under a bad name", () => {
    const { repo } = threeExperiments();
    expect(() => branchExperiment(open(repo), "HEAD")).toThrow("'HEAD' is a commit, but not one of an experiment");
    expect(() => branchExperiment(open(repo), "single", "main")).toThrow("Branch 'main' exists already");
    expect(() => branchExperiment(open(repo), "single", "a..b")).toThrow("'a..b' is not a valid branch name");
  });
});
