import { rmSync } from "node:fs";
import { parseCommitMessage } from "@waymark/core";
import { describe, expect, test } from "vitest";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";
import { chain, experimentRef, openRun, TestRun } from "./support.ts";

function trainedUntil(repo: GitRepo, steps: number): TestRun {
  const run = new TestRun(repo);
  for (let step = 0; step < steps; step += 1) run.checkpoint(step);
  return run;
}

function resume(repo: GitRepo, wishes: ConstructorParameters<typeof TestRun>[1] = {}): TestRun {
  const previous = { experimentName: "first", baseline: repo.git("rev-parse", "main") };
  return new TestRun(repo, { resume: true, previous, name: undefined, ...wishes });
}

describe("resuming the run in the folder", () => {
  test("puts files and histories back as they were at its last checkpoint", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2);
    const live = repo.read("live/plots/metrics/loss.tsv");
    // Killed two steps later: more rows, a newer model, a metric that was not there yet.
    repo.write("live/plots/metrics/loss.tsv", `${live}2\t0.3\n3\t0.2\n`);
    repo.write("live/plots/metrics/late.tsv", "step\tlate\n3\t1\n");
    repo.write("model.bin", "half-writ");
    repo.write("train.log", "mine\n");
    const run = resume(repo);
    expect(run.resumed).toMatchObject({ step: 1, status: "running", restored: ["model.bin", "live"] });
    expect(repo.read("model.bin")).toBe("model 1\n");
    expect(repo.read("live/plots/metrics/loss.tsv")).toBe(live);
    expect(repo.has("live/plots/metrics/late.tsv")).toBe(false);
    expect(repo.read("train.log")).toBe("mine\n");
    expect(run.notes).toEqual(["first@1 goes on as the same experiment, unless params change."]);
  });

  test("continues the same experiment", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2);
    const run = resume(repo);
    const outcome = run.checkpoint(2);
    expect(outcome).toMatchObject({ experimentName: "first", forkedFrom: undefined });
    expect(chain(repo, "first")).toEqual(["0 running", "1 running", "2 running"]);
  });

  test("takes the end of a run that was cut short out of the chain with the next checkpoint", () => {
    const repo = gitRepo();
    const first = trainedUntil(repo, 2);
    first.log(4);
    first.end(1, "interrupted");
    expect(chain(repo, "first")).toEqual(["0 running", "1 running", "- interrupted"]);
    const run = resume(repo);
    expect(run.resumed).toMatchObject({ step: 1 });
    run.checkpoint(2);
    expect(chain(repo, "first")).toEqual(["0 running", "1 running", "2 running"]);
  });

  test("keeps the baseline when HEAD has moved on with the same code", () => {
    const repo = gitRepo();
    const baseline = repo.head();
    trainedUntil(repo, 1);
    repo.git("commit", "--quiet", "--allow-empty", "--message", "later");
    const run = resume(repo, { previous: { experimentName: "first", baseline } });
    run.checkpoint(1);
    expect(chain(repo, "first", baseline)).toEqual(["0 running", "1 running"]);
  });

  test("starts anew under the same name when no checkpoint was made", () => {
    const repo = gitRepo();
    const run = resume(repo);
    expect(run.resumed).toBeUndefined();
    expect(run.name).toBe("first");
  });

  test("takes the place of a run that ended before it completed a step", () => {
    const repo = gitRepo();
    new TestRun(repo).end(undefined, "failed");
    expect(chain(repo, "first")).toEqual(["- failed"]);
    const run = resume(repo);
    expect(run.notes).toEqual([]);
    expect(run.checkpoint(0)).toMatchObject({ experimentName: "first", forkedFrom: undefined });
    expect(chain(repo, "first")).toEqual(["0 running"]);
  });

  test("works in a fresh clone that has the cache", () => {
    const repo = gitRepo();
    trainedUntil(repo, 1);
    for (const path of ["model.bin", "model.bin.dvc", ".gitignore", "live", "dvc.yaml"]) repo.remove(path);
    resume(repo);
    expect(repo.read("model.bin")).toBe("model 0\n");
    expect(repo.read(".gitignore")).toBe("/model.bin\n");
    expect(repo.read("dvc.yaml")).toContain("live/metrics.json");
    expect(repo.read("live/metrics.json")).toContain('"step": 0');
  });

  test("changes nothing when the cache lacks the files", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2);
    rmSync(repo.path(".dvc", "cache"), { recursive: true });
    repo.write("model.bin", "precious");
    expect(() => resume(repo)).toThrow(/needs content that is not in the cache:\n {2}model\.bin/u);
    expect(repo.read("model.bin")).toBe("precious");
  });

  test("a run that is finished and has nothing left to do adds nothing", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2).end(1);
    const tip = repo.git("rev-parse", experimentRef(repo.head(), "first"));
    const run = resume(repo);
    expect(run.resumed).toMatchObject({ step: 1, status: "finished" });
    expect(run.end(1)).toMatchObject({ commit: tip, experimentName: "first" });
    expect(chain(repo, "first")).toEqual(["0 running", "1 finished"]);
  });
});

describe("a fork", () => {
  test("begins when tracked code differs, and the original stays", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2);
    const original = repo.git("rev-parse", experimentRef(repo.head(), "first"));
    repo.write("train.js", "// better\n");
    const run = resume(repo);
    expect(run.notes[0]).toBe(
      "first@1 goes on as a new experiment, because train.js differs from that checkpoint; first stays as it is.",
    );
    const { experimentName, commit, forkedFrom } = run.checkpoint(2);
    expect(experimentName).not.toBe("first");
    expect(forkedFrom).toBe("first@1");
    expect(repo.git("rev-parse", `${commit}^`)).toBe(original);
    expect(repo.git("rev-parse", experimentRef(repo.head(), "first"))).toBe(original);
    expect(chain(repo, experimentName)).toEqual(["0 running", "1 running", "2 running"]);
    run.checkpoint(3);
    const messages = repo.git("log", "-2", "--format=%B%x00", experimentRef(repo.head(), experimentName)).split("\0");
    expect(messages.slice(0, 2).map((text) => parseCommitMessage(text.trim()).trailers.forkedFrom)).toEqual([
      undefined,
      "first@1",
    ]);
  });

  test("begins when the logged params differ", () => {
    const repo = gitRepo();
    repo.write("live/params.yaml", "lr: 0.1\n");
    trainedUntil(repo, 2);
    const run = resume(repo);
    repo.write("live/params.yaml", "lr: 0.2\n");
    expect(run.checkpoint(2)).toMatchObject({ forkedFrom: "first@1" });
  });

  test("begins at an older checkpoint", () => {
    const repo = gitRepo();
    trainedUntil(repo, 3);
    const run = resume(repo, { resumeFrom: "first@0" });
    expect(run.resumed).toMatchObject({ step: 0 });
    expect(repo.read("model.bin")).toBe("model 0\n");
    const { experimentName } = run.checkpoint(1);
    expect(chain(repo, experimentName)).toEqual(["0 running", "1 running"]);
    expect(chain(repo, "first")).toEqual(["0 running", "1 running", "2 running"]);
  });

  test("begins when a finished run trains on, under the name asked for", () => {
    const repo = gitRepo();
    trainedUntil(repo, 2).end(1);
    const run = resume(repo, { name: "longer" });
    expect(run.checkpoint(2)).toMatchObject({ experimentName: "longer", forkedFrom: "first@1" });
  });

  test("does not begin for notes, for what the run writes, or for what was staged when it began", () => {
    const repo = gitRepo({ "train.js": "// v1\n", "README.md": "# a\n", "weights.txt": "0\n" });
    repo.write("helper.js", "// new\n");
    repo.git("add", "helper.js");
    const first = new TestRun(repo);
    first.checkpoint(0, { paths: ["weights.txt"] });
    repo.git("rm", "--cached", "--quiet", "helper.js");
    repo.write("README.md", "# b\n");
    repo.write("weights.txt", "later\n");
    const run = resume(repo);
    expect(repo.read("weights.txt")).toBe("0\n");
    repo.write("weights.txt", "2\n");
    expect(run.checkpoint(1, { paths: ["weights.txt"] })).toMatchObject({ forkedFrom: undefined });
  });

  test("is itself continued when it is resumed, also before it has a checkpoint of its own", () => {
    const repo = gitRepo();
    trainedUntil(repo, 3);
    const fork = resume(repo, { resumeFrom: "first@0", name: "fork" });
    fork.log(1);
    expect(fork.end(0, "interrupted")).toMatchObject({ experimentName: "fork" });
    expect(chain(repo, "fork")).toEqual(["0 running", "- interrupted"]);
    const run = resume(repo, { previous: { experimentName: "fork", baseline: repo.head() } });
    expect(run.resumed).toMatchObject({ step: 0 });
    expect(run.checkpoint(1)).toMatchObject({ experimentName: "fork", forkedFrom: undefined });
    expect(chain(repo, "fork")).toEqual(["0 running", "1 running"]);
    const message = repo.git("log", "-1", "--format=%B", experimentRef(repo.head(), "fork"));
    expect(parseCommitMessage(message).trailers.forkedFrom).toBe("first@0");
  });
});

test("a checkpoint that does not exist is refused with those that do", () => {
  const repo = gitRepo();
  trainedUntil(repo, 2);
  const from = (resumeFrom: string) => () => openRun(repo, { resume: true, resumeFrom });
  expect(from("first@7")).toThrow("Experiment 'first' has no checkpoint of step 7");
  expect(from("fist")).toThrow("No experiment named 'fist'");
});
