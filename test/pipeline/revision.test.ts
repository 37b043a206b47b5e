import { chmodSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatCompactPythonJson } from "@waymark/core";
import { ObjectReader, openRepository } from "@waymark/git";
import {
  CommitSource,
  describeProblem,
  RevisionReader,
  TreeCache,
  WorkspaceSource,
  type RevisionContent,
} from "@waymark/pipeline";
import { ContentCache, initDvcFolder } from "@waymark/store";
import { GIT_TEST_ENV, gitRepo, type GitRepo } from "../support/git-repo.ts";

/** Reads the workspace and, after a commit, the commit: both have to say the same. */
async function readBoth(repo: GitRepo, folder = ""): Promise<RevisionContent> {
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("not a repository");
  const root = folder === "" ? repo.root : repo.path(folder);
  const reader = new RevisionReader({ cache: ContentCache.open(`${root}/.dvc`, { env: GIT_TEST_ENV }) });
  const workspace = await reader.collect(new WorkspaceSource(opened, root));
  if (repo.git("status", "--porcelain") !== "") repo.commitAll("state");
  await using objects = new ObjectReader(opened);
  const tree = repo.git("rev-parse", "HEAD^{tree}");
  const commit = await reader.collect(new CommitSource(new TreeCache(objects), tree, folder));
  expect(plain(commit)).toEqual(plain(workspace));
  return commit;
}

/** Values as JSON text, so that 1 and 1.0 differ, and errors by DVC's name for them. */
function plain(content: RevisionContent): Record<string, unknown> {
  const files = (values: RevisionContent["params"]): Record<string, string> =>
    Object.fromEntries(
      [...values].map(([path, value]) => [
        path,
        "data" in value ? formatCompactPythonJson(value.data) : describeProblem(value.error, path).type,
      ]),
    );
  return { ...content, params: files(content.params), metrics: files(content.metrics) };
}

describe("RevisionReader", () => {
  it("reads what a logger without stages writes", async () => {
    const repo = gitRepo({
      "params.yaml": "lr: 1.0\nlayers: [64, 10]\nbig: 12345678901234567890\n",
      "live/params.yaml": "seed: 7\n",
      "live/metrics.json":
        '{"loss": {"train": 1.0}, "acc": NaN, "list": [1], "none": null, "empty": {"a": {}}, "ok": true}',
      "live/plots/metrics/loss.tsv": "step\tloss\n0\t1\n",
      "dvc.yaml":
        "params:\n- live/params.yaml\nmetrics:\n- live/metrics.json\n- gone.json\nplots:\n- live/plots/metrics:\n    x: step\nartifacts:\n  best: {path: model.bin}\n",
      "model.bin.dvc": "outs:\n- md5: b1946ac92492d2347c6235b4d2611184\n  size: 6\n  hash: md5\n  path: model.bin\n",
    });
    initDvcFolder(repo.root);
    const content = await readBoth(repo);
    expect(plain(content)).toMatchObject({
      params: {
        "live/params.yaml": '{"seed": 7}',
        "params.yaml": '{"lr": 1.0, "layers": [64, 10], "big": 12345678901234567890}',
      },
      metrics: {
        "live/metrics.json": '{"loss": {"train": 1.0}, "acc": NaN, "ok": true}',
        "gone.json": "FileNotFoundError",
      },
      deps: [],
      outs: [
        {
          path: "model.bin",
          hash: "b1946ac92492d2347c6235b4d2611184",
          sizeBytes: 6,
          fileCount: null,
          role: "out",
          isCached: true,
          isDataSource: true,
          properties: {},
        },
      ],
      plots: [{ id: "live/plots/metrics", path: "live/plots/metrics", properties: { x: "step" }, file: "dvc.yaml" }],
    });
  });

  it("reads stages with their lock file, relative to their working folder", async () => {
    const repo = gitRepo({
      "sub/dvc.yaml":
        "stages:\n  train:\n    cmd: python train.py\n    wdir: deep\n    deps:\n    - ../data\n    - s3://bucket/key\n    params:\n    - lr\n    - opt.toml:\n      - adam.lr\n    - whole.json:\n    outs:\n    - model.bin:\n        cache: false\n    metrics:\n    - scores.json\n    plots:\n    - curve.csv: {x: epoch, cache: false}\n",
      "sub/dvc.lock":
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n    - path: ../data\n      hash: md5\n      md5: a6c027a88549d72dc007d67f93c1dad2.dir\n      size: 12\n      nfiles: 2\n    outs:\n    - path: model.bin\n      hash: md5\n      md5: 40c53c58fdafacc83cfff6ee3d2f6d69\n      size: 6\n",
      "sub/deep/params.yaml": "lr: 0.1\nother: 2\n",
      "sub/deep/opt.toml": "[adam]\nlr = 1e-3\nsteps = 4\n",
      "sub/deep/whole.json": '{"a": {"b": [1, 2.0]}}',
      "sub/deep/scores.json": '{"f1": 0.5}',
    });
    initDvcFolder(repo.root);
    const content = await readBoth(repo);
    expect(plain(content)).toMatchObject({
      params: {
        "sub/deep/params.yaml": '{"lr": 0.1}',
        "sub/deep/opt.toml": '{"adam": {"lr": 0.001}}',
        "sub/deep/whole.json": '{"a": {"b": [1, 2.0]}}',
      },
      metrics: { "sub/deep/scores.json": '{"f1": 0.5}' },
      deps: [
        { path: "sub/data", hash: "a6c027a88549d72dc007d67f93c1dad2.dir", sizeBytes: 12, fileCount: 2 },
        { path: "s3://bucket/key", hash: null, sizeBytes: null, fileCount: null },
      ],
      outs: [
        { path: "sub/deep/model.bin", hash: "40c53c58fdafacc83cfff6ee3d2f6d69", isCached: false, isDataSource: false },
      ],
      plots: [{ id: "sub/deep/curve.csv", properties: { x: "epoch" } }],
    });
  });

  it("resolves vars, foreach and matrix as DVC names and fills them", async () => {
    const repo = gitRepo({
      "params.yaml": "models: [us, uk]\nflags: [true, 2.5]\ngrid: {a: {x: 1}, b: {x: 2}}\n",
      "vars.yaml": "folder: out\nnested: {v: 7}\n",
      "dvc.yaml": [
        "vars:",
        "- vars.yaml",
        "- inline: {q: 9}",
        "stages:",
        "  plain:",
        "    cmd: echo ${nested.v} ${inline[q]} \\${HOME}",
        "    outs: ['${folder}/x']",
        "  list:",
        "    foreach: ${models}",
        "    do: {cmd: run, outs: ['list-${item}']}",
        "  map:",
        "    foreach: ${grid}",
        "    do: {cmd: run, outs: ['map-${key}-${item.x}']}",
        "  mat:",
        "    matrix: {a: [1, true], b: '${flags}', c: [{d: 4}]}",
        "    cmd: run",
        "    outs: ['mat-${key}-${item.c.d}']",
        "",
      ].join("\n"),
    });
    initDvcFolder(repo.root);
    const content = await readBoth(repo);
    expect(content.outs.map((out) => out.path)).toEqual([
      "out/x",
      "list-us",
      "list-uk",
      "map-a-1",
      "map-b-2",
      "mat-1-True-c0-4",
      "mat-1-2.5-c0-4",
      "mat-true-True-c0-4",
      "mat-true-2.5-c0-4",
    ]);
    expect(plain(content)["params"]).toMatchObject({ "vars.yaml": '{"nested.v": 7, "folder": "out"}' });
  });

  it("reads cached metrics from the cache when the work tree lacks them", async () => {
    const repo = gitRepo({});
    initDvcFolder(repo.root);
    repo.write("scores.json", '{"f1": 0.5}');
    const cache = ContentCache.open(repo.path(".dvc"), { env: GIT_TEST_ENV });
    const { md5 } = cache.insertFileSync(repo.path("scores.json"));
    repo.write("dvc.yaml", "stages:\n  s:\n    cmd: run\n    metrics: [scores.json]\n");
    repo.write(
      "dvc.lock",
      `schema: '2.0'\nstages:\n  s:\n    cmd: run\n    outs:\n    - path: scores.json\n      hash: md5\n      md5: ${md5}\n      size: 11\n`,
    );
    rmSync(repo.path("scores.json"));
    expect(plain(await readBoth(repo))["metrics"]).toEqual({ "scores.json": '{"f1": 0.5}' });
    chmodSync(cache.objectPath(md5), 0o644);
    rmSync(cache.objectPath(md5));
    expect(plain(await readBoth(repo))["metrics"]).toEqual({ "scores.json": "FileNotFoundError" });
  });

  it("reads a project in a folder of the repository, and leaves projects inside it out", async () => {
    const repo = gitRepo({
      "proj/params.yaml": "a: 1\n",
      "proj/x.dvc": "outs:\n- md5: aa\n  path: x\n",
      "proj/inner/.dvc/config": "",
      "proj/inner/y.dvc": "outs:\n- md5: bb\n  path: y\n",
      "other.dvc": "outs:\n- md5: cc\n  path: other\n",
    });
    initDvcFolder(repo.path("proj"));
    const content = await readBoth(repo, "proj");
    expect(content.outs.map((out) => out.path)).toEqual(["x"]);
    expect([...content.params.keys()]).toEqual(["params.yaml"]);
  });

  it("shows the other files when one cannot be read, and names the place", async () => {
    const repo = gitRepo({
      "dvc.yaml": "params: [a.toml, b.py, folder]\nmetrics: [m.json, n.yaml]\n",
      "a.toml": "x = = 1\n",
      "b.py": "LR = 1\n",
      "folder/one.yaml": "p: [\n",
      "folder/two.yaml": "q: 1\n",
      "m.json": "{",
      "n.yaml": "v: 2\n",
    });
    initDvcFolder(repo.root);
    const content = await readBoth(repo);
    expect(plain(content)).toMatchObject({
      params: {
        "a.toml": "TOMLFileCorruptedError",
        "b.py": '{"LR": 1}',
        "folder/one.yaml": "YAMLFileCorruptedError",
        "folder/two.yaml": '{"q": 1}',
      },
      metrics: { "m.json": "JSONFileCorruptedError", "n.yaml": '{"v": 2}' },
    });
    const problem = content.params.get("a.toml");
    expect(problem !== undefined && "error" in problem && problem.error.message).toMatch(/^a\.toml:1:5: /);
  });

  it("refuses a project file that makes no sense, with its name", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["stages: [\n", /dvc\.yaml:2:1/],
      ["stages:\n  a: 1\n", /stage 'a': it is not a mapping/],
      ["stages:\n  a:\n    cmd: x\n    outs: ['${nope}']\n", /'\$\{nope\}' is not defined/],
      ["vars: [none.yaml]\n", /'none\.yaml' that 'vars' names does not exist/],
    ];
    for (const [text, message] of cases) {
      const repo = gitRepo({ "dvc.yaml": text });
      initDvcFolder(repo.root);
      await expect(readBoth(repo)).rejects.toThrow(message);
    }
  });
});
