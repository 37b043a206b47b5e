import { enqueueRuns, listTasks, makeRunStart, runElsewhere } from "@waymark/experiments";
import { expect, test } from "vitest";
import { gitRepo, type GitRepo } from "../../support/git-repo.ts";
import { commandSpec, projectOf } from "../places/support.ts";

const files = new Map([["params.yaml", Buffer.from("lr: 2\n")]]);
const temporaryRefs = (repo: GitRepo): string => repo.git("for-each-ref", "refs/waymark/import-*");

test("what a run starts from outlives `git gc --prune=now` until its work tree, or its task, names it", async () => {
  const repo = gitRepo({ "params.yaml": "lr: 1\n" });
  const project = projectOf(repo);
  const spec = commandSpec(project, "cat params.yaml");
  const collect = (): string => repo.git("gc", "--quiet", "--prune=now");
  const start = await makeRunStart(project, spec, files);
  collect();
  const running = runElsewhere(
    project,
    spec,
    { ...start, release: () => (start.release(), collect()) },
    { kind: "temp" },
  );
  expect(await running).toMatchObject({ state: "finished" });
  const queued = await makeRunStart(project, spec, files);
  collect();
  enqueueRuns(project, [{ spec: { ...spec, name: "task" }, start: queued.commit }]);
  queued.release();
  queued.release();
  collect();
  const [task] = listTasks(project);
  expect(repo.git("show", `${task?.commit}:params.yaml`)).toBe("lr: 2");
  expect(temporaryRefs(repo)).toBe("");
});

test("the files of a checkpoint with other params are kept as well", async () => {
  const repo = gitRepo({ "params.yaml": "lr: 1\n" });
  const project = projectOf(repo);
  const spec = commandSpec(project, "true", { resume: { selector: "run@1", commit: repo.head() } });
  const start = await makeRunStart(project, spec, files);
  repo.git("gc", "--quiet", "--prune=now");
  expect(repo.git("show", `${start.commit}:params.yaml`)).toBe("lr: 2");
  start.release();
  const bad = new Map([["../out", Buffer.from("x")]]);
  await expect(makeRunStart(project, { ...spec, resume: null }, bad)).rejects.toThrow("../out");
  expect(temporaryRefs(repo)).toBe("");
});
