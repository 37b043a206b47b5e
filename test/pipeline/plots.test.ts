import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { RevisionPlots } from "@waymark/core/plot-data";
import {
  collectPlots,
  findUserTemplate,
  openFigureProject,
  plotDiffRevisions,
  type CollectPlotsOptions,
} from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

const ENV = { ...GIT_TEST_ENV, DVC_GLOBAL_CONFIG_DIR: "/nonexistent", DVC_SYSTEM_CONFIG_DIR: "/nonexistent" };

function projectRepo(files: Readonly<Record<string, string>>): GitRepo {
  return gitRepo({ ".dvc/config": "", ...files });
}

async function collect(
  repo: GitRepo,
  options: CollectPlotsOptions = {},
  folder = ".",
): Promise<readonly RevisionPlots[]> {
  return collectPlots(openFigureProject(repo.path(folder), ENV), options);
}

/** Definitions as plain data. */
function definitionsOf([first]: readonly RevisionPlots[]): unknown {
  return Object.fromEntries([...(first?.definitions ?? [])].map(([file, ids]) => [file, Object.fromEntries(ids)]));
}

function sourcesOf(revision: RevisionPlots | undefined): unknown {
  return Object.fromEntries(
    [...(revision?.sources ?? [])].map(([path, source]) => [
      path,
      source.kind === "values" ? source.values : source.kind === "image" ? "image" : source.problem,
    ]),
  );
}

describe("collectPlots", () => {
  test("finds plots of stages, of the top level, and of folders, the nearest definition of a file winning", async () => {
    const repo = projectRepo({
      "dvc.yaml":
        "stages:\n  a:\n    wdir: sub\n    cmd: x\n    plots:\n    - s.csv:\n        cache: false\n        x: u\n        header: false\n" +
        "plots:\n- plots:\n    x: far\n- plots/near:\n    x: near\n- free:\n    x: step\n    y:\n      plots/b.json: v\n",
      "sub/s.csv": "1,2\n",
      "plots/b.json": '[{"v": 1}]',
      "plots/near/c.csv": "v\n1\n",
    });
    const collected = await collect(repo);
    expect(definitionsOf(collected)).toEqual({
      "dvc.yaml": {
        "plots/b.json": { x: "far" },
        "plots/near/c.csv": { x: "near" },
        free: { x: "step", y: { "plots/b.json": "v" } },
      },
      "": { "sub/s.csv": { x: "u", header: false } },
    });
    expect(sourcesOf(collected[0])).toEqual({
      "plots/b.json": [{ v: 1 }],
      "plots/near/c.csv": [{ v: "1" }],
      "sub/s.csv": [{ 0: "1", 1: "2" }],
    });
  });

  test("takes targets for the start of an id, for a pattern, or for a file that nothing defines", async () => {
    const repo = projectRepo({
      "dvc.yaml": "plots:\n- loss.csv\n- lost+found:\n    y: {loss.csv: v}\n- acc.csv\n",
      "loss.csv": "v\n1\n",
      "acc.csv": "v\n1\n",
      "other.csv": "v\n1\n",
    });
    const ids = async (...targets: string[]) => {
      const found = definitionsOf(await collect(repo, { targets })) as Record<string, object>;
      return Object.entries(found).flatMap(([file, plots]) => Object.keys(plots).map((id) => `${file}::${id}`));
    };
    expect(await ids("acc")).toEqual(["dvc.yaml::acc.csv"]);
    expect(await ids("lo.*\\.csv")).toEqual(["dvc.yaml::loss.csv"]);
    expect(await ids("lost+found")).toEqual(["dvc.yaml::lost+found"]);
    expect(await ids("dvc.yaml::acc")).toEqual(["dvc.yaml::acc.csv"]);
    expect(await ids("other.csv")).toEqual(["::other.csv"]);
    expect(await ids("acc.csv")).toEqual(["dvc.yaml::acc.csv", "::acc.csv"]);
    expect(await ids("nothing[")).toEqual([]);
  });

  test("names files as they are seen from the current folder", async () => {
    const repo = projectRepo({
      "dvc.yaml": "plots:\n- a.csv\n- sub/b.csv\n",
      "a.csv": "v\n1\n",
      "sub/b.csv": "v\n2\n",
    });
    const collected = await collect(repo, {}, "sub");
    expect(definitionsOf(collected)).toEqual({ "../dvc.yaml": { "../a.csv": {}, "../sub/b.csv": {} } });
    expect(sourcesOf(collected[0])).toEqual({ "../a.csv": [{ v: "1" }], "../sub/b.csv": [{ v: "2" }] });
  });

  test("reads revisions with their own definitions, the workspace first", async () => {
    const repo = projectRepo({ "dvc.yaml": "plots:\n- a.csv\n", "a.csv": "v\n1\n" });
    repo.write("dvc.yaml", "plots:\n- a.csv:\n    y: v\n- b.csv\n");
    repo.write("a.csv", "v\n2\n");
    const collected = await collect(repo, { revisions: ["HEAD", "workspace"] });
    expect(collected.map(({ revision }) => revision)).toEqual(["workspace", "HEAD"]);
    expect(sourcesOf(collected[1])).toEqual({ "a.csv": [{ v: "1" }] });
    expect(sourcesOf(collected[0])).toMatchObject({
      "a.csv": [{ v: "2" }],
      "b.csv": { type: "FileNotFoundError", msg: "No such file: 'b.csv'" },
    });
  });

  test("says of each file why it cannot be read, by DVC's names", async () => {
    const repo = gitRepo({
      "in/.dvc/config": "",
      "in/dvc.yaml": "plots:\n- a.json\n- b.yaml\n- c.txt\n- d.csv\n- e.png\n- ../secret.json\n",
      "in/a.json": "[",
      "in/b.yaml": "a: [",
      "in/c.txt": "x",
      "secret.json": '[{"v": 1}]',
    });
    repo.write("in/d.csv", Buffer.from([0xff, 0xfe, 0x0a]));
    const [workspace] = await collect(repo, {}, "in");
    const types = Object.entries(sourcesOf(workspace) as Record<string, { type: string }>);
    expect(types.map(([path, { type }]) => [path, type])).toEqual([
      ["a.json", "JSONFileCorruptedError"],
      ["b.yaml", "YAMLFileCorruptedError"],
      ["c.txt", "PlotMetricTypeError"],
      ["d.csv", "YAMLFileCorruptedError"],
      ["e.png", "FileNotFoundError"],
      // What lies outside of the project is not there.
      ["../secret.json", "FileNotFoundError"],
    ]);
  });

  test("a revision whose dvc.yaml cannot be read hides no other", async () => {
    const repo = projectRepo({ "dvc.yaml": "plots: [", "a.csv": "v\n1\n" });
    repo.write("dvc.yaml", "plots:\n- a.csv\n");
    const [workspace, head] = await collect(repo, { revisions: ["HEAD", "workspace"] });
    expect(workspace?.problem).toBeUndefined();
    expect(head).toMatchObject({ revision: "HEAD", problem: { type: "YAMLSyntaxError" } });
  });

  test("works without a DVC project, and without Git", async () => {
    const repo = gitRepo({ "dvc.yaml": "plots:\n- a.csv\n", "a.csv": "v\n1\n" });
    expect(definitionsOf(await collect(repo))).toEqual({ "dvc.yaml": { "a.csv": {} } });
    repo.remove(".git");
    expect(definitionsOf(await collect(repo))).toEqual({ "dvc.yaml": { "a.csv": {} } });
    await expect(async () => collect(repo, { revisions: ["HEAD"] })).rejects.toMatchObject({ code: "NO_GIT" });
  });
});

test("plotDiffRevisions adds what is not said: the workspace, and HEAD when that differs", async () => {
  const repo = projectRepo({ "a.csv": "v\n" });
  const project = () => openFigureProject(repo.root, ENV);
  expect(await plotDiffRevisions(project(), [])).toEqual(["workspace"]);
  repo.write("untracked", "");
  expect(await plotDiffRevisions(project(), [])).toEqual(["workspace"]);
  repo.write("a.csv", "v\n1\n");
  expect(await plotDiffRevisions(project(), [])).toEqual(["HEAD", "workspace"]);
  expect(await plotDiffRevisions(project(), ["v1"])).toEqual(["v1", "workspace"]);
  expect(await plotDiffRevisions(project(), ["v1", "v2"])).toEqual(["v1", "v2"]);
  const empty = gitRepo({});
  expect(await plotDiffRevisions(openFigureProject(empty.root, ENV), ["HEAD"])).toBeUndefined();
});

describe("findUserTemplate", () => {
  const files = {
    ".dvc/plots/a.json": '{"n": 1}',
    ".dvc/plots/b": '{"n": 2}',
    "t/c.json": '{"n": 3}',
    "t/list.json": "[]",
  };
  const find = (repo: GitRepo, name: string, folder = ".", isTyped = false) => {
    return findUserTemplate(openFigureProject(repo.path(folder), ENV), name, { cwd: repo.path(folder), isTyped })
      ?.content;
  };

  test("looks in .dvc/plots, then for a path from the current folder and from the root", () => {
    const repo = projectRepo(files);
    expect(find(repo, "a")).toEqual({ n: 1 });
    expect(find(repo, "a.json")).toEqual({ n: 1 });
    expect(find(repo, "b")).toEqual({ n: 2 });
    expect(find(repo, "c.json", "t")).toEqual({ n: 3 });
    expect(find(repo, "t/c.json", "t")).toEqual({ n: 3 });
    expect(find(repo, "simple")).toBeUndefined();
  });

  test("refuses a file that is no template", () => {
    const repo = projectRepo({ ...files, "t/bad.json": "{" });
    expect(() => find(repo, "t/list.json")).toThrow(expect.objectContaining({ code: "UNREADABLE_FILE" }));
    expect(() => find(repo, "t/bad.json")).toThrow(expect.objectContaining({ code: "UNREADABLE_FILE" }));
  });

  test("reads what lies outside for whoever types it, and for no repository", () => {
    const outside = gitRepo({ "x.json": '{"n": 9}' });
    const repo = projectRepo(files);
    const path = outside.path("x.json");
    expect(find(repo, path, ".", true)).toEqual({ n: 9 });
    expect(() => find(repo, path)).toThrow(expect.objectContaining({ code: "PATH_ESCAPES" }));
    expect(() => find(repo, "../x.json")).toThrow(expect.objectContaining({ code: "PATH_ESCAPES" }));
    symlinkSync(outside.root, repo.path("link"));
    expect(() => find(repo, join("link", "x.json"))).toThrow(expect.objectContaining({ code: "PATH_ESCAPES" }));
  });
});
