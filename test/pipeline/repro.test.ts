import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CHAIN, chain, damage, dropObjects, lockOf, pipelineRepo, repro, reproOk } from "./repro-project.ts";

const WORKED_EXAMPLE = `stages:
  prepare:
    cmd: mkdir -p prep && sort raw.txt > prep/a.txt && cp raw.txt prep/b.txt
    deps:
    - raw.txt
    params:
    - prepare
    outs:
    - prep
  train:
    cmd: cat prep/a.txt > model.txt && echo '{"acc":0.9}' > metrics.json
    deps:
    - prep
    params:
    - train.lr
    - train.epochs
    outs:
    - model.txt
    metrics:
    - metrics.json:
        cache: false
`;
const WORKED_FILES = {
  "raw.txt": "b\na\nc\n",
  "params.yaml": "prepare:\n  top: 2\ntrain:\n  lr: 0.001\n  epochs: 3\n",
};

describe("the worked example", () => {
  test("ends with the dvc.lock DVC writes, and the run cache under its names", async () => {
    const repo = pipelineRepo(WORKED_EXAMPLE, WORKED_FILES);
    const { stages, result } = await reproOk(repo);
    expect(stages).toEqual(["prepare", "train"]);
    expect(createHash("md5").update(repo.read("dvc.lock")).digest("hex")).toBe("d0dbf34e3cc7cd5092e4003dc426b222");
    expect(repo.read(".gitignore")).toBe("/prep\n/model.txt\n");
    expect(result?.edit.files.toSorted()).toEqual([".gitignore", "dvc.lock"]);
    expect(readdirSync(repo.path(".dvc/cache/runs")).toSorted()).toEqual(["01", "d1"]);
  });

  test("has nothing to do the second time", async () => {
    const repo = pipelineRepo(WORKED_EXAMPLE, WORKED_FILES);
    await reproOk(repo);
    const before = repo.read("dvc.lock");
    const { events, stages } = await reproOk(repo);
    expect(events).toEqual(["prepare: unchanged", "train: unchanged"]);
    expect(stages).toEqual([]);
    expect(repo.read("dvc.lock")).toBe(before);
  });
});

describe("what changed", () => {
  test("runs, and so does what needs it, as long as it changes", async () => {
    const repo = chain();
    await reproOk(repo);
    repo.write("in.txt", "two\n");
    expect((await reproOk(repo)).stages).toEqual(["a", "b", "c", "d"]);
    // The same bytes by another way: what comes after has nothing to do.
    repo.write("dvc.yaml", CHAIN.replace("cp in.txt a.txt", "cat in.txt > a.txt"));
    const { stages, events } = await reproOk(repo);
    expect(stages).toEqual(["a"]);
    expect(events).toContain("b: unchanged");
  });

  test("is a param of the right kind only", async () => {
    const text = "stages:\n  a:\n    cmd: cp params.yaml out.txt\n    params: [lr, model.depth]\n    outs: [out.txt]\n";
    const repo = pipelineRepo(text, { "params.yaml": "lr: 1\nmodel: {depth: 3}\nother: 1\n" });
    await reproOk(repo);
    repo.write("params.yaml", "lr: 1.0\nmodel: {depth: 3}\nother: 2\n");
    expect((await reproOk(repo)).stages).toEqual([]);
    repo.write("params.yaml", "lr: 1\nmodel: {depth: 4}\n");
    expect((await reproOk(repo)).stages).toEqual(["a"]);
    expect(lockOf(repo)["a"]?.params).toEqual({ "params.yaml": { lr: 1, "model.depth": 4 } });
  });

  test("is an output that was edited, which the last run puts right", async () => {
    const repo = chain();
    await reproOk(repo);
    repo.write("b.txt", "edited\n");
    const { events } = await reproOk(repo);
    expect(events).toEqual(["a: unchanged", "b: restored", "c: unchanged", "d: unchanged"]);
    expect(repo.read("b.txt")).toBe("one\n");
  });

  test("is a stage that says so itself, and a command without inputs and outputs", async () => {
    const text = "stages:\n  a: {cmd: echo a >> log, always_changed: true, outs: [log]}\n  b: {cmd: echo b}\n";
    const repo = pipelineRepo(text);
    await reproOk(repo);
    const { stages, output } = await reproOk(repo);
    expect(stages).toEqual(["a", "b"]);
    expect(output).toBe("b\n");
  });
});

describe("an earlier run with the same inputs", () => {
  test("gives its outputs back, as often as the inputs come back", async () => {
    const repo = chain();
    await reproOk(repo);
    repo.write("in.txt", "two\n");
    await reproOk(repo);
    repo.write("in.txt", "one\n");
    const { events } = await reproOk(repo);
    expect(events).toEqual(["a: restored", "b: restored", "c: restored", "d: restored"]);
    expect(repo.read("c.txt")).toBe("one\n");
  });

  test("does so without dvc.lock, for empty folders and metrics that Git keeps, too", async () => {
    const text = `stages:
  a:
    cmd: mkdir out && echo 1 > m.json && echo run >> log
    deps: [in.txt]
    outs: [out]
    metrics: [m.json: {cache: false}]
`;
    const repo = pipelineRepo(text, { "in.txt": "x\n" });
    await reproOk(repo);
    for (const path of ["dvc.lock", "out", "m.json"]) repo.remove(path);
    const { events } = await reproOk(repo);
    expect(events).toEqual(["a: restored"]);
    expect([repo.has("out"), repo.read("m.json"), repo.read("log")]).toEqual([true, "1\n", "run\n"]);
  });

  test("is not asked with `runCache: false`, nor by force", async () => {
    const repo = chain();
    await reproOk(repo, { targets: ["a"] });
    repo.remove("dvc.lock");
    expect((await reproOk(repo, { targets: ["a"], runCache: false })).events).toContain("a: running");
    expect((await reproOk(repo, { targets: ["a"], force: true })).events).toContain("a: running");
  });

  test("counts only when its outputs are in the cache", async () => {
    const repo = chain();
    await reproOk(repo, { targets: ["a"] });
    repo.remove("dvc.lock");
    dropObjects(repo);
    expect((await reproOk(repo, { targets: ["a"] })).events).toContain("a: running");
  });

  test("is done again when the cache holds damaged bytes, which never reach the workspace", async () => {
    const repo = chain();
    await reproOk(repo, { targets: ["a"] });
    const md5 = String(lockOf(repo)["a"]?.outs?.[0]?.["md5"]);
    repo.remove("a.txt");
    damage(repo, md5);
    const { events, warnings } = await reproOk(repo, { targets: ["a"] });
    expect(events).toContain("a: running");
    expect(warnings.join()).toContain(md5);
    expect(repo.read("a.txt")).toBe("one\n");
  });

  test("is not looked for when a stage keeps its outputs or does not cache them", async () => {
    const persistent = "stages:\n  a: {cmd: echo x >> o, deps: [in.txt], outs: [o: {persist: true}]}\n";
    const repo = pipelineRepo(persistent, { "in.txt": "x\n" });
    await reproOk(repo);
    expect(repo.has(".dvc/cache/runs")).toBe(false);
    repo.write("dvc.yaml", "stages:\n  a: {cmd: echo x > o, deps: [in.txt], outs: [o: {cache: false}]}\n");
    await reproOk(repo);
    expect(repo.has(".dvc/cache/runs")).toBe(false);
  });
});

describe("which stages", () => {
  test("targets bring what they need, `isSingle` nothing, `isDownstream` what needs them", async () => {
    expect((await reproOk(chain(), { targets: ["b"] })).stages).toEqual(["a", "b"]);
    const repo = chain();
    await reproOk(repo);
    repo.write("in.txt", "two\n");
    expect((await reproOk(repo, { targets: ["b"], isSingle: true })).events).toEqual(["b: unchanged"]);
    expect((await reproOk(repo, { targets: ["b"], isDownstream: true, force: true })).stages).toEqual(["b", "c"]);
    expect((await reproOk(repo, { targets: ["c"], isPipeline: true })).stages).toEqual(["a", "b", "c"]);
    expect((await reproOk(repo, { isAll: true })).stages).toEqual(["d"]);
  });

  test("patterns, groups, generated names, other files and folders", async () => {
    const text =
      "stages:\n  g:\n    foreach: [x, y]\n    do: {cmd: 'echo ${item} > ${item}.txt', outs: ['${item}.txt']}\n";
    const repo = pipelineRepo(text, { "sub/dvc.yaml": "stages:\n  s: {cmd: echo s > s.txt, outs: [s.txt]}\n" });
    expect((await reproOk(repo, { targets: ["g@y"] })).stages).toEqual(["g@y"]);
    expect((await reproOk(repo, { targets: ["g"] })).stages).toEqual(["g@x"]);
    expect((await reproOk(repo, { targets: ["*x"], isGlob: true, force: true })).stages).toEqual(["g@x"]);
    expect((await reproOk(repo, { targets: ["sub/dvc.yaml:s"] })).stages).toEqual(["sub/dvc.yaml:s"]);
    expect((await reproOk(repo, { force: true }, "sub")).stages).toEqual(["s"]);
    expect((await reproOk(repo, { targets: ["sub"], isRecursive: true, force: true })).stages).toEqual([
      "sub/dvc.yaml:s",
    ]);
    expect(repo.read("sub/s.txt")).toBe("s\n");
  });

  test("force runs everything in the plan, `forceDownstream` what comes after a stage that ran", async () => {
    const repo = chain();
    await reproOk(repo);
    expect((await reproOk(repo, { targets: ["b"], force: true })).stages).toEqual(["a", "b"]);
    repo.write("dvc.yaml", CHAIN.replace("cp in.txt a.txt", "cat in.txt > a.txt"));
    const { stages, events } = await reproOk(repo, { forceDownstream: true });
    expect(stages).toEqual(["a", "b", "c"]);
    expect(events).toContain("d: unchanged");
  });

  test("a frozen one is not run, and what it needs is not reproduced for it", async () => {
    const repo = chain();
    await reproOk(repo);
    repo.write("dvc.yaml", CHAIN.replace("outs: [b.txt]", "outs: [b.txt], frozen: true"));
    repo.write("in.txt", "two\n");
    const { events, stages } = await reproOk(repo, { targets: ["c"] });
    expect(events).toEqual(["b: frozen", "b: unchanged", "c: unchanged"]);
    expect(stages).toEqual([]);
  });

  test("an unknown one is an error before anything runs", async () => {
    const repo = chain();
    const { error } = await repro(repo, { targets: ["a", "nope"] });
    expect(error).toMatchObject({ code: "STAGE_NOT_FOUND" });
    expect(repo.has("a.txt")).toBe(false);
  });
});
