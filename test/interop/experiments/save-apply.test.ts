import { applyExperiment, branchExperiment, saveExperiment } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import type { GitRepo } from "../../support/git-repo.ts";
import { dvc, dvcJson } from "../../support/python.ts";
import { interopRepo, projectOf } from "../project.ts";

const TIMEOUT_MS = 120_000;
const PIPELINE = `stages:
  prepare:
    cmd: cp raw.csv clean.csv
    deps:
    - raw.csv
    outs:
    - clean.csv
  train:
    cmd: train
    deps:
    - clean.csv
    params:
    - lr
    - big
    - name
    outs:
    - model
    metrics:
    - scores.json:
        cache: false
`;

/** A project of DVC with stages that somebody ran by hand, and data tracked beside them. */
function pipelineRepo(): GitRepo {
  const repo = interopRepo({
    "dvc.yaml": PIPELINE,
    "params.yaml": "lr: 0.1\nbig: 0.5\nname: é\n",
    "raw.csv": "1\n",
    "scores.json": '{"acc": 0.5}\n',
  });
  dvc(repo.root, "init", "--quiet");
  repo.write("data/a.csv", "a\n");
  repo.write("data/b/c.csv", "c\n");
  dvc(repo.root, "add", "--quiet", "data");
  repo.commitAll("dvc");
  change(repo, 1);
  return repo;
}

function change(repo: GitRepo, version: number): void {
  repo.write("clean.csv", `clean ${version}\n`);
  repo.write("model/weights", `weights ${version}\n`);
  repo.write("params.yaml", `lr: 1e-0${version}\nbig: 1.0\nname: é\n`);
  repo.write("scores.json", `{"acc": 0.${version}}\n`);
  repo.write("data/a.csv", `a ${version}\n`);
}

/** What an experiment records, and what is in the cache for it. */
function recorded(repo: GitRepo, revision: string): unknown {
  const { "dvc.lock": lock, "data.dvc": data, "params.yaml": params, "scores.json": scores } = repo.files(revision);
  // DVC's message names a hash of what is recorded.
  return { lock, data, params, scores, message: repo.git("log", "-1", "--format=%B", revision) };
}

const PATHS = ["clean.csv", "model/weights", "params.yaml", "scores.json", "data/a.csv", "data/b/c.csv", "dvc.lock"];

function state(repo: GitRepo): readonly string[] {
  return PATHS.map((path) => (repo.has(path) ? repo.read(path) : "-"));
}

function refOf(repo: GitRepo, name: string): string {
  return `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}`;
}

describe("saves of both tools", { timeout: TIMEOUT_MS }, () => {
  test("record the same of the same workspace, and put the same into the cache", async () => {
    const [ours, theirs] = [pipelineRepo(), pipelineRepo()];
    await saveExperiment(projectOf(ours), { name: "one" });
    // DVC leaves a dvc.lock out that is new; from the second save on it is there.
    dvc(theirs.root, "exp", "save", "--name", "zero");
    dvc(theirs.root, "exp", "save", "--name", "one");
    expect(recorded(ours, refOf(ours, "one"))).toEqual(recorded(theirs, refOf(theirs, "one")));
    expect(dvcJson(ours.root, "status")).toEqual({});
    expect(dvc(ours.root, "data", "status", "--json")).not.toContain("not_in_cache");
  });

  test("limited to targets record the same", async () => {
    const [ours, theirs] = [pipelineRepo(), pipelineRepo()];
    dvc(theirs.root, "exp", "save", "--name", "first");
    await saveExperiment(projectOf(ours), { name: "first" });
    change(ours, 2);
    change(theirs, 2);
    await saveExperiment(projectOf(ours), { name: "two", targets: ["prepare", "data.dvc"] });
    dvc(theirs.root, "exp", "save", "--name", "two", "prepare", "data.dvc");
    expect(recorded(ours, refOf(ours, "two"))).toEqual(recorded(theirs, refOf(theirs, "two")));
  });

  test("are applied by the other one, data and outputs included", async () => {
    const repo = pipelineRepo();
    const project = projectOf(repo);
    await saveExperiment(project, { name: "ours" });
    const ours = state(repo);
    change(repo, 2);
    repo.git("add", "--all");
    dvc(repo.root, "exp", "save", "--name", "theirs");
    const theirs = state(repo);
    dvc(repo.root, "exp", "apply", "ours");
    expect(state(repo)).toEqual(ours);
    expect(dvcJson(repo.root, "status")).toEqual({});
    await applyExperiment(project, "theirs", { force: true });
    expect(state(repo)).toEqual(theirs);
    expect(dvcJson(repo.root, "status")).toEqual({});
    await applyExperiment(project, "ours");
    expect(state(repo)).toEqual(ours);
  });
});

describe("what DVC leaves behind", { timeout: TIMEOUT_MS }, () => {
  test("in the tree of a save is neither written nor removed, and a branch of it says so", async () => {
    const repo = pipelineRepo();
    const project = projectOf(repo);
    dvc(repo.root, "exp", "save", "--name", "theirs");
    expect(Object.keys(repo.files(refOf(repo, "theirs")))).toContain(".dvc/tmp/repro.dat");
    repo.remove(".dvc/tmp/repro.dat");
    const { writes, removes } = await applyExperiment(project, "theirs", { force: true });
    expect([...writes.map(({ path }) => path), ...removes].filter((path) => path.includes("/tmp/"))).toEqual([]);
    expect(repo.has(".dvc/tmp/repro.dat")).toBe(false);
    const { temporary } = branchExperiment(project.repo, "theirs", "promoted");
    expect(temporary).toEqual([".dvc/tmp/repro.dat"]);
    repo.write(".dvc/tmp/repro.dat", "of the run that goes on");
    await applyExperiment(project, "HEAD", { force: true });
    expect(repo.read(".dvc/tmp/repro.dat")).toBe("of the run that goes on");
  });

  test("of an apply is moved along, so that it stays true; and nothing is made", async () => {
    const repo = pipelineRepo();
    const project = projectOf(repo);
    await saveExperiment(project, { name: "one" });
    change(repo, 2);
    await saveExperiment(project, { name: "two" });
    await applyExperiment(project, "one");
    expect(repo.git("for-each-ref", "--format=%(refname)", "refs/exps")).not.toContain("exec");
    dvc(repo.root, "exp", "apply", "two");
    await applyExperiment(project, "one");
    expect(repo.git("rev-parse", "refs/exps/exec/EXEC_APPLY")).toBe(repo.git("rev-parse", refOf(repo, "one")));
    dvc(repo.root, "exp", "remove", "one", "two");
    expect(repo.git("for-each-ref", "--format=%(refname)", "refs/exps")).not.toContain("EXEC_APPLY");
  });
});
