import {
  hasDvcQueue,
  listOperations,
  noteExperiments,
  openProject,
  removeExperiments,
  selectExperiments,
  tagExperiments,
  undoOperation,
} from "@waymark/experiments";
import { expect, test } from "vitest";
import { GIT_TEST_ENV } from "../support/git-repo.ts";
import { experimentRef } from "./support.ts";
import { listNames, listState, threeExperiments } from "./three-experiments.ts";

test("removing takes the experiment of the current commit when a name stands twice", async () => {
  const { repo, older, project } = threeExperiments();
  await removeExperiments(project.repo, await selectExperiments(project, { names: ["shared"] }));
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/exps").split("\n").sort()).toEqual(
    [experimentRef(older, "shared"), experimentRef(repo.head(), "single")].sort(),
  );
});

test("a selection names every unknown name, and nothing is removed", async () => {
  const { project } = threeExperiments();
  await expect(selectExperiments(project, { names: ["singel", "single", "nope"] })).rejects.toMatchObject({
    message: "No experiments named 'singel', 'nope'",
    hint: "Did you mean single?",
  });
  expect(await listNames(project)).toEqual(["shared", "shared", "single"]);
});

test("tags and notes go with their experiment, and come back with it", async () => {
  const { repo, project } = threeExperiments();
  const all = await selectExperiments(project, {});
  await tagExperiments(project.repo, all, { kind: "add", tags: ["good"] });
  await noteExperiments(project.repo, all.slice(0, 1), "Remember this");
  const before = listState(repo);
  await removeExperiments(project.repo, all.slice(0, 1));
  expect(repo.git("for-each-ref", "refs/waymark/notes")).toBe("");
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/waymark/tags")).toMatch(/\/single$/u);
  await undoOperation(project, undefined);
  expect(listState(repo)).toEqual(before);
});

test("nothing is removed, and nothing recorded, when one of them has moved meanwhile", async () => {
  const { repo, project } = threeExperiments();
  const experiments = await selectExperiments(project, {});
  repo.git("update-ref", experimentRef(repo.head(), "single"), "HEAD");
  const before = listState(repo);
  await expect(removeExperiments(project.repo, experiments)).rejects.toThrow(/was changed by another process/u);
  expect(listState(repo)).toEqual(before);
  expect(await listOperations(project.repo)).toEqual([]);
});

test("removing nothing records nothing", async () => {
  const { project } = threeExperiments();
  expect(await removeExperiments(project.repo, [])).toBeUndefined();
  expect(await listOperations(project.repo)).toEqual([]);
});

test("removing needs no identity", async () => {
  const { repo } = threeExperiments();
  const nobody = Object.fromEntries(Object.entries(GIT_TEST_ENV).filter(([name]) => !/_(?:NAME|EMAIL)$/u.test(name)));
  const project = openProject(repo.root, nobody);
  await removeExperiments(project.repo, await selectExperiments(project, { names: ["single"] }));
  expect(await listNames(project)).toEqual(["shared", "shared"]);
});

test("what DVC applied is forgotten with the experiment, and what its run adds to always is", async () => {
  const { repo, project } = threeExperiments();
  const head = repo.head();
  repo.git("update-ref", "refs/exps/exec/EXEC_APPLY", experimentRef(head, "single"));
  repo.git("symbolic-ref", "refs/exps/exec/EXEC_BRANCH", experimentRef(head, "single"));
  await removeExperiments(project.repo, await selectExperiments(project, { names: ["shared"] }));
  expect(repo.git("for-each-ref", "--format=%(refname)", "refs/exps/exec")).toBe("refs/exps/exec/EXEC_APPLY");
  // Dangling: no listing of refs shows it.
  repo.git("symbolic-ref", "refs/exps/exec/EXEC_BRANCH", experimentRef(head, "gone"));
  await removeExperiments(project.repo, await selectExperiments(project, { names: ["single"] }));
  expect(repo.git("for-each-ref", "refs/exps/exec")).toBe("");
  expect(() => repo.git("symbolic-ref", "--quiet", "refs/exps/exec/EXEC_BRANCH")).toThrow("Command failed");
});

test("experiments that DVC has queued are seen", () => {
  const { repo, project } = threeExperiments();
  expect(hasDvcQueue(project.repo)).toBe(false);
  repo.git("update-ref", "refs/exps/celery/stash", "HEAD");
  expect(hasDvcQueue(project.repo)).toBe(true);
});
