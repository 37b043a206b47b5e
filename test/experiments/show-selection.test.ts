import {
  collectExperiments,
  formatDvcJson,
  noteExperiments,
  openProject,
  selectExperiments,
  tagExperiments,
} from "@waymark/experiments";
import { gitProcessCount } from "@waymark/git";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { TestRun } from "./support.ts";

type ShowOptions = Parameters<typeof collectExperiments>[1];

async function show(repo: GitRepo, options: ShowOptions = {}) {
  return collectExperiments(openProject(repo.root, GIT_TEST_ENV), options);
}

/** Names of experiments by baseline, as they are shown. */
async function names(repo: GitRepo, options: ShowOptions = {}): Promise<string[][]> {
  return (await show(repo, options)).baselines.map(({ experiments }) => experiments.map(({ name }) => name));
}

/** One experiment of the commit before HEAD, three of HEAD with losses 0.5, 0.3 and none. */
function project(): GitRepo {
  const repo = gitRepo({ "train.js": "// 1\n", "params.yaml": "lr: 0.1\n" });
  new TestRun(repo, { name: "old" }).checkpoint(0, { loss: 0.1 });
  repo.remove("live");
  repo.remove("dvc.yaml");
  repo.git("commit", "--quiet", "--allow-empty", "--message", "next");
  repo.git(
    "update-ref",
    `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/none`,
    repo.git("commit-tree", "-p", "HEAD", "-m", "none", "HEAD^{tree}"),
  );
  new TestRun(repo, { name: "half" }).checkpoint(0, { loss: 0.5 });
  new TestRun(repo, { name: "third" }).checkpoint(0, { loss: 0.3 });
  return repo;
}

describe("what is shown", () => {
  test("can be asked for by a query, without the baselines that have nothing of it", async () => {
    const repo = project();
    expect(await names(repo, { allCommits: true, where: "metrics.loss < 0.4" })).toEqual([["third"], ["old"]]);
    expect(await names(repo, { allCommits: true, where: "loss < 0.2" })).toEqual([["old"]]);
    await expect(names(repo, { where: "metrics.lss < 1" })).rejects.toThrow("No metric or param named 'metrics.lss'");
  });

  test("can be sorted in each baseline, with what has no value last upwards and first downwards, as in DVC", async () => {
    const repo = project();
    expect(await names(repo, { sortBy: "loss" })).toEqual([["third", "half", "none"]]);
    expect(await names(repo, { sortBy: "loss", sortOrder: "desc" })).toEqual([["none", "half", "third"]]);
    expect(await names(repo, { sortBy: "name", sortOrder: "desc" })).toEqual([["third", "none", "half"]]);
    await expect(names(repo, { sortBy: "nope" })).rejects.toThrow("No metric or param named 'nope'");
  });

  test("can be the first few of all, which what has no value is never one of", async () => {
    const repo = project();
    expect(await names(repo, { allCommits: true, sortBy: "loss", sortOrder: "desc", top: 2 })).toEqual([
      ["half", "third"],
    ]);
    expect(await names(repo, { allCommits: true, sortBy: "loss", top: 1 })).toEqual([["old"]]);
  });

  test("has tags and notes when asked, and they never get into DVC's JSON by themselves", async () => {
    const repo = project();
    const opened = openProject(repo.root, GIT_TEST_ENV);
    const before = formatDvcJson(await show(repo));
    const half = await selectExperiments(opened, { names: ["half"] });
    await tagExperiments(opened.repo, half, { kind: "add", tags: ["paper"] });
    await noteExperiments(opened.repo, half, "why\n");
    expect(formatDvcJson(await show(repo, { withLabels: true }))).toBe(before);
    const json = JSON.parse(formatDvcJson(await show(repo, { withLabels: true }), { withLabels: true })) as readonly {
      readonly experiments: readonly { readonly name: string; readonly labels: unknown }[];
    }[];
    expect(json[1]?.experiments.find(({ name }) => name === "half")?.labels).toEqual({ tags: ["paper"], note: "why" });
    expect(await names(repo, { where: "tag = paper" })).toEqual([["half"]]);
    expect((await show(repo, { where: "note = why" })).baselines[0]?.experiments).toHaveLength(1);
  });
});

describe("older checkpoints", () => {
  test("are counted and not read beyond those asked for, and say where the experiment comes from", async () => {
    const repo = gitRepo({ "train.js": "// 1\n" });
    const run = new TestRun(repo, { name: "long" });
    for (let step = 0; step < 5; step += 1) run.checkpoint(step);
    run.end(4);
    const fork = new TestRun(repo, { resume: true, resumeFrom: "long@1", name: "fork" });
    fork.checkpoint(2);
    fork.checkpoint(3);
    const shown = async (options: ShowOptions) => {
      const experiments = (await show(repo, options)).baselines[0]?.experiments ?? [];
      return Object.fromEntries(
        experiments.map(({ name, checkpoints, ownCount, origin }) => [
          name,
          { steps: checkpoints.map(({ step }) => step), ownCount, origin },
        ]),
      );
    };
    const all = {
      long: { steps: [4, 3, 2, 1, 0], ownCount: 5, origin: undefined },
      fork: { steps: [3, 2, 1, 0], ownCount: 2, origin: "long@1" },
    };
    const few = {
      long: { ...all.long, steps: [4, 3] },
      fork: { ...all.fork, steps: [3, 2] },
    };
    expect(await shown({ checkpoints: 1 })).toEqual(few);
    expect(await shown({})).toEqual(all);
    // The same from memory.
    expect(await shown({ checkpoints: 1 })).toEqual(few);
    expect(await shown({})).toEqual(all);
  });
});

describe("experiments that a rebase has left behind", () => {
  test("are counted when they are not shown", async () => {
    const repo = project();
    expect((await show(repo, { withOrphans: true })).orphans).toEqual({ baselines: 0, experiments: 0 });
    repo.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "amended");
    expect((await show(repo, { withOrphans: true })).orphans).toEqual({ baselines: 1, experiments: 3 });
    expect((await show(repo)).orphans).toBeUndefined();
    repo.git("branch", "kept", "HEAD@{1}");
    expect((await show(repo, { withOrphans: true })).orphans).toEqual({ baselines: 0, experiments: 0 });
  });
});

describe("Git", () => {
  test("is asked once for objects, however many experiments there are, and not for refs", async () => {
    const repo = project();
    const opened = openProject(repo.root, GIT_TEST_ENV);
    const count = async (options: ShowOptions): Promise<number> => {
      const before = gitProcessCount();
      await collectExperiments(opened, options);
      return gitProcessCount() - before;
    };
    const options = { hideWorkspace: true, force: true };
    const few = await count(options);
    for (let index = 0; index < 20; index += 1) {
      const run = new TestRun(repo, { name: `more-${index}` });
      if (index < 2) run.checkpoint(index);
      else
        repo.git(
          "update-ref",
          `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/more-${index}`,
          repo.git("commit-tree", "-p", "HEAD", "-m", String(index), "HEAD^{tree}"),
        );
    }
    expect(await count(options)).toBe(few);
    // `cat-file --batch`: refs stand in files.
    expect(few).toBe(1);
  });
});

describe("commits that are out of the ordinary", () => {
  test("have the same values as when each is read by itself", async () => {
    const repo = gitRepo({
      "dvc.yaml": "metrics:\n- m.json\nparams:\n- conf/p.toml\n",
      "conf/p.toml": "lr = 0.1\n",
      "m.json": '{"loss": 1.0, "big": 12345678901234567890, "list": [1]}\n',
      "params.yaml": "a: 1\n",
    });
    const save = (name: string, files: Readonly<Record<string, string | null>>): void => {
      for (const [path, text] of Object.entries(files)) {
        if (text === null) repo.remove(path);
        else repo.write(path, text);
      }
      repo.git("add", "--all");
      const commit = repo.git("commit-tree", "-p", "HEAD", "-m", name, repo.git("write-tree"));
      repo.git("update-ref", `refs/exps/${repo.head().slice(0, 2)}/${repo.head().slice(2)}/${name}`, commit);
      repo.git("reset", "--quiet", "--hard");
    };
    save("plain", { "m.json": '{"loss": 2}' });
    save("no-default", { "params.yaml": null });
    save("no-metrics", { "m.json": null });
    save("broken-params", { "params.yaml": "a: [1\n" });
    save("broken-project", { "dvc.yaml": "stages: [\n" });
    save("nan", { "m.json": '{"loss": NaN, "e": 1e5}' });
    save("folder", { "m.json": null, "m.json/a.json": '{"x": 1}' });
    save("templated", { "dvc.yaml": "metrics:\n- ${file}\n", "params.yaml": "file: m.json\n" });
    save("stage", {
      "dvc.yaml":
        "stages:\n  s:\n    cmd: echo\n    params:\n    - a\n    - conf/p.toml:\n      - lr\n    outs:\n    - out\n",
      "dvc.lock":
        "schema: '2.0'\nstages:\n  s:\n    cmd: echo\n    outs:\n    - path: out\n      md5: abc\n      size: 3\n",
    });
    save("nested", { "sub/dvc.yaml": "metrics:\n- n.yaml\n", "sub/n.yaml": "x: 1.50\n" });
    save("other-project", { "sub/.dvc/config": "", "sub/dvc.yaml": "stages: [\n" });
    // Only params of stages are always read one by one.
    const together = await show(repo, { force: true });
    const singly = await show(repo, { force: true, paramDeps: true });
    const byName = (view: typeof together, name: string) =>
      view.baselines[0]?.experiments.find((experiment) => experiment.name === name)?.checkpoints[0];
    const values = (name: string) => {
      const { data, error } = byName(together, name) ?? {};
      return error ?? { params: data?.params, metrics: data?.metrics, outs: data?.outs };
    };
    expect(values("plain")).toMatchObject({
      params: { "conf/p.toml": { data: { lr: expect.anything() as unknown } } },
    });
    expect(Object.keys(byName(together, "no-default")?.data?.params ?? {})).toEqual(["conf/p.toml"]);
    expect(values("no-metrics")).toMatchObject({ metrics: { "m.json": { error: expect.anything() as unknown } } });
    expect(values("broken-params")).toMatchObject({
      params: { "params.yaml": { error: expect.anything() as unknown } },
    });
    expect(values("broken-project")).toMatchObject({ type: "YAMLSyntaxError" });
    expect(byName(together, "nan")?.dataJson).toContain(
      '"metrics": {"m.json": {"data": {"loss": NaN, "e": 100000.0}}}',
    );
    expect(values("folder")).toMatchObject({ metrics: { "m.json/a.json": { data: { x: 1 } } } });
    expect(values("templated")).toMatchObject({
      metrics: { "m.json": { data: { big: expect.anything() as unknown } } },
    });
    expect(values("stage")).toMatchObject({ outs: { out: { hash: "abc", size: 3 } } });
    expect(byName(together, "nested")?.dataJson).toContain('"sub/n.yaml": {"data": {"x": 1.5}}');
    expect(values("other-project")).toMatchObject({
      metrics: { "m.json": { data: { loss: expect.anything() as unknown } } },
    });
    for (const { name, checkpoints } of together.baselines[0]?.experiments ?? []) {
      const single = byName(singly, name);
      const [state] = checkpoints;
      expect(state?.error).toEqual(single?.error);
      // Metrics, deps and outs do not depend on how params are chosen.
      const rest = (json: string | undefined) => json?.slice(json.indexOf('"metrics"'));
      expect(rest(state?.dataJson)).toBe(rest(single?.dataJson));
    }
  });
});
