import { openProject, selectExperiments, type ExperimentSelection } from "@waymark/experiments";
import { gitProcessCount } from "@waymark/git";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../../support/git-repo.ts";
import { experimentRef, TestRun } from "../support.ts";

/** Three experiments of HEAD and one of an older commit; `low` has no loss below 0.5. */
function fourExperiments(): GitRepo {
  const repo = gitRepo({ "train.js": "// 1\n", "params.yaml": "lr: 0.1\nopt: adam\n" });
  new TestRun(repo, { name: "old" }).checkpoint(0);
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  for (const [name, steps, lr] of [
    ["low", 1, "0.1"],
    ["mid", 2, "0.01"],
    ["high", 3, "0.001"],
  ] as const) {
    repo.write("params.yaml", `lr: ${lr}\nopt: adam\n`);
    const run = new TestRun(repo, { name });
    for (let step = 0; step < steps; step += 1) run.checkpoint(step);
    run.end(steps - 1);
  }
  return repo;
}

async function names(repo: GitRepo, selection: ExperimentSelection = {}): Promise<string[]> {
  return (await selectExperiments(openProject(repo.root, GIT_TEST_ENV), selection)).map(({ name }) => name);
}

describe("which experiments a command is about", () => {
  test("is those of HEAD, those of named commits, all, or the named ones in their order", async () => {
    const repo = fourExperiments();
    expect(await names(repo)).toEqual(["high", "low", "mid"]);
    expect(await names(repo, { baselines: { revisions: ["HEAD~1"] } })).toEqual(["old"]);
    expect((await names(repo, { baselines: { allCommits: true } })).sort()).toEqual(["high", "low", "mid", "old"]);
    expect(await names(repo, { names: ["mid", "old", experimentRef(repo.head(), "high")] })).toEqual([
      ...["mid", "old", "high"],
    ]);
    await expect(names(repo, { names: ["mdi"] })).rejects.toThrow("No experiment named 'mdi'");
    expect(await names(gitRepo({}))).toEqual([]);
  });

  test("is what a query says, sorted and cut", async () => {
    const repo = fourExperiments();
    expect(await names(repo, { where: "metrics.loss < 0.9" })).toEqual(["high", "mid"]);
    expect(await names(repo, { where: "lr <= 0.01 and status = finished", sortBy: "metrics.loss" })).toEqual([
      ...["high", "mid"],
    ]);
    expect(await names(repo, { sortBy: "loss", sortOrder: "desc", top: 2 })).toEqual(["low", "mid"]);
    expect(await names(repo, { names: ["low", "high"], where: "step = 2" })).toEqual(["high"]);
    expect(await names(repo, { baselines: { allCommits: true }, where: "status is not null", top: 1 })).toHaveLength(1);
  });

  test("is every other one of the repository with `keep`", async () => {
    const repo = fourExperiments();
    expect((await names(repo, { where: "name ~ '^(low|mid)$'", keep: true })).sort()).toEqual(["high", "old"]);
  });

  test("takes one process for objects and none for refs, whose files tell, and none at all the second time", async () => {
    const repo = fourExperiments();
    const project = openProject(repo.root, GIT_TEST_ENV);
    const count = async (selection: ExperimentSelection): Promise<number> => {
      const before = gitProcessCount();
      await selectExperiments(project, selection);
      return gitProcessCount() - before;
    };
    const all = { baselines: { allCommits: true } };
    expect(await count({ ...all, where: "name = low" })).toBe(0);
    expect(await count({ ...all, where: "metrics.loss < 1" })).toBe(1);
    expect(await count({ ...all, where: "metrics.loss < 1" })).toBe(0);
  });
});
