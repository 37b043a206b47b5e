import { checkpointWorkspace, openProject, type WorkspaceCheckpoint } from "@waymark/experiments";
import { processIdentity } from "@waymark/files";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { chain, committed, randomNumbers } from "./support.ts";

const NOW = "2026-01-02T03:04:05.000Z";

function checkpoint(repo: GitRepo, wishes: Partial<WorkspaceCheckpoint> = {}) {
  const { outcome, isNewRun } = checkpointWorkspace(openProject(repo.root, GIT_TEST_ENV), {
    ...{
      cwd: repo.root,
      dir: repo.path("live"),
      paths: [repo.path("model.bin")],
      process: processIdentity(),
      now: NOW,
    },
    ...{ random: randomNumbers(), ...wishes },
  });
  return { ...committed(outcome), isNewRun };
}

test("a script that calls it again and again makes one run", () => {
  const repo = gitRepo();
  repo.write("model.bin", "0");
  const first = checkpoint(repo, { name: "scripted" });
  expect(first).toMatchObject({ experimentName: "scripted", step: 0, isNewRun: true });
  repo.write("model.bin", "1");
  expect(checkpoint(repo)).toMatchObject({ experimentName: "scripted", step: 1, isNewRun: false });
  repo.write("model.bin", "2");
  checkpoint(repo, { status: "finished" });
  expect(chain(repo, "scripted")).toEqual(["0 running", "1 running", "2 finished"]);
});

test("the run that follows one that ended, or whose process is gone, is a new one", () => {
  const repo = gitRepo();
  repo.write("model.bin", "0");
  checkpoint(repo, { name: "one", status: "finished" });
  expect(checkpoint(repo, { name: "two" })).toMatchObject({ experimentName: "two", isNewRun: true });
  const dead = { ...processIdentity(), pid: 2 ** 22 + 1 };
  const run = JSON.parse(repo.read("live/.waymark/run.json")) as object;
  repo.write("live/.waymark/run.json", JSON.stringify({ ...run, ...dead }));
  expect(checkpoint(repo, { name: "three" })).toMatchObject({ experimentName: "three", isNewRun: true });
});

test("the step is the one that was logged, or the one given", () => {
  const repo = gitRepo();
  repo.write("model.bin", "0");
  repo.write("live/metrics.json", '{"loss": 0.5, "step": 7}');
  expect(checkpoint(repo, { name: "logged" }).step).toBe(7);
  expect(checkpoint(repo, { step: 9 }).step).toBe(9);
  expect(chain(repo, "logged")).toEqual(["7 running", "9 running"]);
});

test("without commits there is nothing to build on", () => {
  const repo = gitRepo({});
  repo.write("model.bin", "0");
  expect(() => checkpoint(repo)).toThrow(/has no commits yet/u);
});
