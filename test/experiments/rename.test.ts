import { readFileSync, writeFileSync } from "node:fs";
import {
  noteExperiments,
  openProject,
  renameExperiment,
  selectExperiments,
  tagExperiments,
  undoOperation,
} from "@waymark/experiments";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef, TestRun } from "./support.ts";
import { listNames, listState, threeExperiments } from "./three-experiments.ts";

const RUN_FILE = "live/.waymark/run.json";

/** The name that the live folder says its run has. */
function nameInLiveFolder(repo: GitRepo): unknown {
  return (JSON.parse(readFileSync(repo.path(RUN_FILE), "utf8")) as { experimentName: unknown }).experimentName;
}

/** Has the run of the live folder say that it is over. */
function finishRun(repo: GitRepo): void {
  const run = JSON.parse(readFileSync(repo.path(RUN_FILE), "utf8")) as object;
  writeFileSync(repo.path(RUN_FILE), JSON.stringify({ ...run, status: "finished" }));
}

test("a rename takes tip, tags, note and the run of the live folder along, and an undo takes all of it back", async () => {
  const repo = gitRepo();
  const run = new TestRun(repo, { name: "first" });
  run.checkpoint(0);
  run.end(0);
  finishRun(repo);
  const project = openProject(repo.root, GIT_TEST_ENV);
  const experiments = await selectExperiments(project, {});
  await tagExperiments(project.repo, experiments, { kind: "add", tags: ["good"] });
  await noteExperiments(project.repo, experiments, "Remember");
  const before = listState(repo);
  await renameExperiment(project, "first", "second");
  expect(listState(repo)).toEqual(before.map((line) => line.replace(/first$/u, "second")));
  expect(nameInLiveFolder(repo)).toBe("second");
  await undoOperation(project, undefined);
  expect(listState(repo)).toEqual(before);
  expect(nameInLiveFolder(repo)).toBe("first");
});

test("an experiment whose run goes on keeps its name", async () => {
  const repo = gitRepo();
  new TestRun(repo, { name: "first" }).checkpoint(0);
  const project = openProject(repo.root, GIT_TEST_ENV);
  await expect(renameExperiment(project, "first", "second")).rejects.toMatchObject({
    code: "RUN_IN_PROGRESS",
    message: `A run is going on in 'live' (process ${process.pid})`,
  });
  expect(await listNames(project)).toEqual(["first"]);
});

test("a run that goes on in another work tree is seen as well", async () => {
  const repo = gitRepo();
  const run = new TestRun(repo, { name: "first" });
  run.checkpoint(0);
  const other = `${repo.root}-other`;
  repo.git("worktree", "add", "--quiet", "--detach", other);
  try {
    await expect(renameExperiment(openProject(other, GIT_TEST_ENV), "first", "second")).rejects.toMatchObject({
      code: "RUN_IN_PROGRESS",
    });
  } finally {
    repo.git("worktree", "remove", "--force", other);
  }
});

test("a name that is taken is refused, and with force what had it can be brought back", async () => {
  const { repo, project } = threeExperiments();
  finishRun(repo);
  await expect(renameExperiment(project, "single", "shared")).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
  const before = listState(repo);
  const single = repo.git("rev-parse", experimentRef(repo.head(), "single"));
  await renameExperiment(project, "single", "shared", { force: true });
  expect(await listNames(project)).toEqual(["shared", "shared"]);
  expect(repo.git("rev-parse", experimentRef(repo.head(), "shared"))).toBe(single);
  await undoOperation(project, undefined);
  expect(listState(repo)).toEqual(before);
});

test("labels of what was replaced do not stick to what replaced it", async () => {
  const { repo, project } = threeExperiments();
  finishRun(repo);
  await tagExperiments(project.repo, await selectExperiments(project, { names: ["shared"] }), {
    kind: "add",
    tags: ["old"],
  });
  const before = listState(repo);
  await renameExperiment(project, "single", "shared", { force: true });
  expect(repo.git("for-each-ref", "refs/waymark/tags")).toBe("");
  await undoOperation(project, undefined);
  expect(listState(repo)).toEqual(before);
});

test("bad names and unknown experiments are refused, and the own name is nothing to do", async () => {
  const { repo, project } = threeExperiments();
  finishRun(repo);
  for (const name of ["a/b", "a..b", "", ".hidden", "x.lock"]) {
    await expect(renameExperiment(project, "single", name)).rejects.toMatchObject({ code: "INVALID_EXPERIMENT_NAME" });
  }
  await expect(renameExperiment(project, "sinlge", "new")).rejects.toMatchObject({ hint: "Did you mean single?" });
  expect((await renameExperiment(project, "single", "single")).operation).toBeUndefined();
});
