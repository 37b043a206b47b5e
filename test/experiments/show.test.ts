import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { crc32 } from "node:zlib";
import { collectExperiments, formatDvcJson, openProject } from "@waymark/experiments";
import { gitProcessCount } from "@waymark/git";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef, TestRun } from "./support.ts";

/** The workspace of a listing, with what stands before and behind it. */
const WORKSPACE = /^\[\{"rev": "workspace".*?"experiments": null\}, /u;

/** A file of rows that somebody else has made whole: one of its values speaks to terminals. */
function withEscape(file: string): string {
  const [header = "", , ...lines] = file.split("\n");
  const text = lines.join("\n").replace('"lr"', '"\u001B["');
  return `${header}\n@${text.length} ${crc32(text).toString(16).padStart(8, "0")}\n${text}`;
}

async function show(repo: GitRepo, options: Parameters<typeof collectExperiments>[1] = {}) {
  return collectExperiments(openProject(repo.root, GIT_TEST_ENV), options);
}

function trained(name = "first", steps = 3): GitRepo {
  const repo = gitRepo({ "train.js": "// v1\n", "params.yaml": "lr: 0.1\nwhole: 1.0\nlayers: [64, 10]\n" });
  const run = new TestRun(repo, { name });
  for (let step = 0; step < steps; step += 1) run.checkpoint(step);
  run.end(steps - 1);
  return repo;
}

test("an experiment has its checkpoints, newest first, each with its own values", async () => {
  const repo = trained();
  const { workspace, baselines } = await show(repo);
  expect(workspace?.data?.metrics["live/metrics.json"]).toMatchObject({ data: { step: 2 } });
  const [baseline] = baselines;
  expect(baseline).toMatchObject({ rev: repo.head(), name: "main" });
  const [experiment] = baseline?.experiments ?? [];
  expect(experiment).toMatchObject({ name: "first", status: "finished", ownCount: 3 });
  expect(experiment?.checkpoints.map(({ step, status, name }) => [step, status, name])).toEqual([
    [2, "finished", "first"],
    [1, "running", null],
    [0, "running", null],
  ]);
  const steps = experiment?.checkpoints.map(({ data }) => data?.metrics["live/metrics.json"]);
  expect(steps).toMatchObject([{ data: { step: 2 } }, { data: { step: 1 } }, { data: { step: 0 } }]);
});

test("the JSON is DVC's, floats and all", async () => {
  const repo = trained("first", 1);
  const json = formatDvcJson(await show(repo));
  const normal = json.replace(/[0-9a-f]{40}/gu, "<id>").replace(/\d{4}-\d\d-\d\dT[\d:]{8}/gu, "<time>");
  expect(normal).toBe(
    '[{"rev": "workspace", "name": null, "data": {"rev": "workspace", "timestamp": null, ' +
      '"params": {"params.yaml": {"data": {"lr": 0.1, "whole": 1.0, "layers": [64, 10]}}}, ' +
      '"metrics": {"live/metrics.json": {"data": {"loss": 1, "step": 0}}}, "deps": {}, "outs": {"model.bin": ' +
      '{"hash": "ae7def13579d65170a51e5927bbdd6c0", "size": 8, "nfiles": null, "use_cache": true, "is_data_source": true}}, ' +
      '"meta": {}}, "error": null, "experiments": null}, ' +
      '{"rev": "<id>", "name": "main", "data": {"rev": "<id>", "timestamp": "<time>", ' +
      '"params": {"params.yaml": {"data": {"lr": 0.1, "whole": 1.0, "layers": [64, 10]}}}, ' +
      '"metrics": {}, "deps": {}, "outs": {}, "meta": {}}, "error": null, "experiments": ' +
      '[{"revs": [{"rev": "<id>", "name": "first", "data": {"rev": "<id>", "timestamp": "<time>", ' +
      '"params": {"params.yaml": {"data": {"lr": 0.1, "whole": 1.0, "layers": [64, 10]}}}, ' +
      '"metrics": {"live/metrics.json": {"data": {"loss": 1, "step": 0}}}, "deps": {}, "outs": {"model.bin": ' +
      '{"hash": "ae7def13579d65170a51e5927bbdd6c0", "size": 8, "nfiles": null, "use_cache": true, "is_data_source": true}}, ' +
      '"meta": {}}, "error": null, "experiments": null}], "executor": null, "name": "first"}]}]',
  );
});

test("a fork knows which commits are its own", async () => {
  const repo = trained();
  const fork = new TestRun(repo, { resume: true, resumeFrom: "first@1", name: "fork" });
  fork.checkpoint(2);
  const experiments = (await show(repo)).baselines[0]?.experiments ?? [];
  const found = experiments.find(({ name }) => name === "fork");
  expect(found?.checkpoints.map(({ step }) => step)).toEqual([2, 1, 0]);
  expect(found?.ownCount).toBe(1);
  expect(found?.checkpoints[0]?.forkedFrom).toBe("first@1");
});

describe("a run that says it goes on", () => {
  test("does when its process lives, and was killed when it does not", async () => {
    const repo = gitRepo();
    new TestRun(repo).checkpoint(0);
    const status = async () => (await show(repo)).baselines[0]?.experiments[0]?.status;
    expect(await status()).toBe("running");
    const path = repo.path("live/.waymark/run.json");
    const run = JSON.parse(readFileSync(path, "utf8")) as object;
    writeFileSync(path, JSON.stringify({ ...run, pid: 2 ** 22 + 1, host: hostname() }));
    expect(await status()).toBe("killed");
    writeFileSync(path, JSON.stringify({ ...run, runId: "another" }));
    expect(await status()).toBe("killed");
    repo.remove("live/.waymark");
    expect(await status()).toBeUndefined();
  });
});

describe("what was read before", () => {
  test("is not read again, and gives the same", async () => {
    const repo = trained();
    const first = formatDvcJson(await show(repo));
    const before = gitProcessCount();
    expect(formatDvcJson(await show(repo, { hideWorkspace: true }))).toBe(first.replace(WORKSPACE, "["));
    // The repository, its refs, and what HEAD is: no process for objects.
    expect(gitProcessCount() - before).toBeLessThanOrEqual(3);
  });

  test("is read again when it was damaged, removed, or when asked to", async () => {
    const repo = trained();
    const first = formatDvcJson(await show(repo));
    const path = repo.path(".dvc/tmp/waymark/rows");
    expect(existsSync(path)).toBe(true);
    const whole = readFileSync(path, "utf8");
    const shows = async (): Promise<string> => formatDvcJson(await show(repo));
    writeFileSync(path, whole.slice(0, -5));
    expect(await shows()).toBe(first);
    // What was read again stands behind what is torn, and is found there.
    const before = gitProcessCount();
    expect(formatDvcJson(await show(repo, { hideWorkspace: true }))).toBe(first.replace(WORKSPACE, "["));
    expect(gitProcessCount() - before).toBe(1);
    const changed = readFileSync(path, "utf8").replaceAll('"loss": ', '"lose": ');
    expect(changed).toContain('"lose": ');
    writeFileSync(path, changed);
    expect(await shows()).toBe(first);
    appendFileSync(path, `\n@70 00000000\n${repo.head()}\t\t1\t\t"params": {}\n\n@9999999 00000000\n@x\n@\n`);
    expect(await shows()).toBe(first);
    writeFileSync(path, whole.replace("rows 3", "rows 1"));
    expect(await shows()).toBe(first);
    expect(readFileSync(path, "utf8")).toMatch(/^waymark rows 3\n/u);
    writeFileSync(path, withEscape(whole));
    expect(await shows()).toBe(first);
    expect(formatDvcJson(await show(repo, { force: true }))).toBe(first);
    repo.remove(".dvc/tmp");
    expect(formatDvcJson(await show(repo))).toBe(first);
  });
});

test("one unreadable file or commit does not hide the others", async () => {
  const repo = trained("good", 1);
  const bad = new TestRun(repo, { name: "bad" });
  repo.write("params.yaml", "lr: [1, 2\n");
  bad.checkpoint(0);
  const worse = new TestRun(repo, { name: "worse" });
  worse.log(0);
  repo.write("dvc.yaml", "stages: [\n");
  worse.tracker.checkpoint(worse.request(0, []));
  const experiments = (await show(repo)).baselines[0]?.experiments ?? [];
  const tip = (name: string) => experiments.find((experiment) => experiment.name === name)?.checkpoints[0];
  expect(tip("good")?.error).toBeNull();
  expect(tip("bad")?.data?.params["params.yaml"]).toMatchObject({ error: { type: "YAMLFileCorruptedError" } });
  expect(tip("worse")).toMatchObject({ data: null, error: { type: "YAMLSyntaxError" } });
});

test("without commits there is nothing to show", async () => {
  expect(await show(gitRepo({}))).toEqual({ workspace: undefined, baselines: [] });
});

test("what DVC keeps beside experiments is no experiment", async () => {
  const repo = trained("first", 1);
  repo.git("update-ref", "refs/exps/exec/EXEC_APPLY", experimentRef(repo.head(), "first"));
  repo.git("update-ref", "refs/exps/apply/ORIG_HEAD", "HEAD");
  repo.git("update-ref", "refs/exps/foreign/a/b/c", "HEAD");
  expect((await show(repo)).baselines[0]?.experiments.map(({ name }) => name)).toEqual(["first"]);
});
