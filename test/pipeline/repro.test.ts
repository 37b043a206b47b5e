import { createHash } from "node:crypto";
import { lstatSync, readdirSync, rmSync } from "node:fs";
import { parseDvcLock } from "@waymark/core";
import { PathBusyError, ReproductionDeclinedError, ReproductionError, StageCommandError } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { commit, damage, dropObjects, pipelineRepo, repro, reproOk } from "./repro-project.ts";

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

/** `in.txt` → a → b → c, and `d` beside them. */
const CHAIN = `stages:
  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
  c: {cmd: cp b.txt c.txt, deps: [b.txt], outs: [c.txt]}
  d: {cmd: cp in.txt d.txt, deps: [in.txt], outs: [d.txt]}
`;

function chain(): GitRepo {
  return pipelineRepo(CHAIN, { "in.txt": "one\n" });
}

function lockOf(repo: GitRepo, path = "dvc.lock"): ReturnType<typeof parseDvcLock>["stages"] {
  return parseDvcLock(repo.read(path)).stages;
}

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

describe("a failure", () => {
  const FAILING = CHAIN.replace("cp a.txt b.txt", "echo half > b.txt; exit 7");

  test("names stage, command and exit code, keeps what was done before, and begins nothing more", async () => {
    const repo = pipelineRepo(FAILING, { "in.txt": "one\n" });
    const { error, events } = await repro(repo);
    expect(error).toBeInstanceOf(ReproductionError);
    expect(error).toMatchObject({ message: "Failed to reproduce stage 'b'" });
    expect(error?.cause).toBeInstanceOf(StageCommandError);
    expect(error?.cause).toMatchObject({ stage: "b", command: "echo half > b.txt; exit 7", exitCode: 7 });
    expect(Object.keys(lockOf(repo))).toEqual(["a"]);
    expect(events.some((event) => event.startsWith("d"))).toBe(false);
  });

  test("gives the outputs of the last good run back", async () => {
    const repo = chain();
    await reproOk(repo);
    const lock = repo.read("dvc.lock");
    repo.write("dvc.yaml", FAILING);
    const { error } = await repro(repo);
    expect(error).toBeInstanceOf(ReproductionError);
    expect(repo.read("b.txt")).toBe("one\n");
    expect(repo.read("dvc.lock")).toBe(lock);
    expect(readdirSync(repo.path(".dvc/tmp/waymark/runs"))).toEqual([]);
  });

  test("shows the command neither old outputs nor their folders' new ones, except those that stay", async () => {
    const text = `stages:
  a:
    cmd: ls > seen; echo new >> kept; echo 1 > gone
    deps: [in.txt]
    outs: [gone, kept: {persist: true}]
`;
    const repo = pipelineRepo(text, { "in.txt": "x\n" });
    repo.write("gone", "old\n");
    repo.write("kept", "old\n");
    await reproOk(repo);
    expect(repo.read("seen").split("\n")).not.toContain("gone");
    expect(repo.read("kept")).toBe("old\nnew\n");
  });

  test("with keep-going skips only what needs the failed stage", async () => {
    const repo = pipelineRepo(FAILING, { "in.txt": "one\n" });
    const { error, events } = await repro(repo, { onError: "keep-going" });
    expect(error).toMatchObject({ code: "REPRODUCTION_FAILED", stages: ["b"] });
    expect(events.filter((event) => /^(b: failed|c|d)/.test(event))).toEqual([
      "b: failed",
      "d: running",
      "d> cp in.txt d.txt",
    ]);
    expect(Object.keys(lockOf(repo))).toEqual(["a", "d"]);
  });

  test("can be ignored", async () => {
    const repo = pipelineRepo(FAILING.replace("deps: [b.txt], outs: [c.txt]", "deps: [a.txt, b.txt], outs: [c.txt]"), {
      "in.txt": "one\n",
    });
    const { error, result, stages } = await repro(repo, { onError: "ignore" });
    expect(error).toBeUndefined();
    expect(result?.failed.map(({ stage }) => stage.name)).toEqual(["b"]);
    expect(stages).toEqual(["a", "c", "d"]);
  });

  test.each([
    ["a missing dependency", "deps: [nope.txt], outs: [o]", "MISSING_DEPENDENCY", "needs 'nope.txt'"],
    ["a missing param", "params: [lr, nope], outs: [o]", "MISSING_PARAMS", "'nope'"],
    ["a missing folder", "wdir: work, outs: [o]", "MISSING_FOLDER", "'work'"],
    ["a missing params file", "params: [no.yaml: []], outs: [o]", "MISSING_PARAMS", "'no.yaml'"],
  ])("of %s comes before the command", async (_, inputs, code, text) => {
    const repo = pipelineRepo(`stages:\n  a: {cmd: touch ran o, ${inputs}}\n`, { "params.yaml": "lr: 1\n" });
    const { error } = await repro(repo);
    expect(error?.cause).toMatchObject({ code });
    expect(String(error?.cause)).toContain(text);
    expect(repo.has("ran")).toBe(false);
  });

  test("to make an output keeps the others, and brings the old one back", async () => {
    const text = "stages:\n  a: {cmd: echo 1 > one && echo 2 > two, deps: [in.txt], outs: [one, two]}\n";
    const repo = pipelineRepo(text, { "in.txt": "x\n" });
    await reproOk(repo);
    repo.write("dvc.yaml", text.replace("echo 1 > one && echo 2 > two", "echo new > one"));
    const { error } = await repro(repo);
    expect(error?.cause).toMatchObject({ code: "MISSING_OUTPUT", path: "two" });
    expect([repo.read("one"), repo.read("two")]).toEqual(["new\n", "2\n"]);
  });

  test("is an output that Git tracks, binary metrics, and cached data outside", async () => {
    const causeOf = async (outs: string, cmd: string, tracked = false): Promise<unknown> => {
      const repo = pipelineRepo(`stages:\n  a: {cmd: "${cmd}", ${outs}}\n`, tracked ? { o: "x\n" } : {});
      return (await repro(repo)).error?.cause;
    };
    expect(await causeOf("outs: [o]", "echo y > o", true)).toMatchObject({ code: "OUTPUT_REFUSED", path: "o" });
    expect(await causeOf("metrics: [m]", "printf '\\\\0' > m")).toMatchObject({ code: "OUTPUT_REFUSED", path: "m" });
    expect(await causeOf("outs: [../elsewhere.txt]", "true")).toMatchObject({ code: "OUTPUT_REFUSED" });
  });
});

describe("side by side", () => {
  const TWO = `stages:
  a: {cmd: "touch a.on; while [ ! -e b.on ]; do sleep 0.01; done; echo a > a.txt", outs: [a.txt]}
  b: {cmd: "touch b.on; while [ ! -e a.on ]; do sleep 0.01; done; echo b > b.txt", outs: [b.txt]}
  c: {cmd: cat a.txt b.txt > c.txt, deps: [a.txt, b.txt], outs: [c.txt]}
`;

  test("independent stages run at a time, and what needs both comes after", async () => {
    const repo = pipelineRepo(TWO);
    const { stages } = await reproOk(repo, { jobs: 2 });
    expect(stages.toSorted()).toEqual(["a", "b", "c"]);
    expect(stages.at(-1)).toBe("c");
    expect(repo.read("c.txt")).toBe("a\nb\n");
    expect(Object.keys(lockOf(repo)).toSorted()).toEqual(["a", "b", "c"]);
    expect((await reproOk(repo, { jobs: 2 })).stages).toEqual([]);
  });

  test("no more than asked for", async () => {
    const stages = Array.from({ length: 6 }, (_, at) => {
      const cmd = `n=$(ls on | wc -l); echo $n > ${at}.txt; touch on/${at}; sleep 0.05; rm on/${at}`;
      return `  s${at}: {cmd: "${cmd}", outs: [${at}.txt]}\n`;
    });
    const repo = pipelineRepo(`stages:\n${stages.join("")}`, { "on/.keep": "" });
    await reproOk(repo, { jobs: 3 });
    const seen = stages.map((_, at) => Number(repo.read(`${at}.txt`)));
    expect(Math.max(...seen)).toBeLessThan(3);
  });

  test("a failure lets what runs finish, and begins nothing more", async () => {
    const text = `stages:
  bad: {cmd: exit 1, outs: [bad.txt]}
  slow: {cmd: sleep 0.3; echo s > slow.txt, outs: [slow.txt]}
  later: {cmd: echo l > later.txt, outs: [later.txt]}
`;
    const repo = pipelineRepo(text);
    const { error } = await repro(repo, { jobs: 2 });
    expect(error).toMatchObject({ stages: ["bad"] });
    expect([repo.has("slow.txt"), repo.has("later.txt")]).toEqual([true, false]);
    expect(Object.keys(lockOf(repo))).toEqual(["slow"]);
  });
});

describe("missing data", () => {
  test("is no reason to run with `allowMissing`, unless what makes it changed", async () => {
    const repo = chain();
    await reproOk(repo);
    dropObjects(repo);
    for (const path of ["a.txt", "b.txt"]) repo.remove(path);
    expect((await reproOk(repo, { allowMissing: true })).stages).toEqual([]);
    repo.write("in.txt", "two\n");
    expect((await reproOk(repo, { allowMissing: true })).stages).toEqual(["a", "b", "c", "d"]);
  });

  test("is fetched with `pull`, and nothing is written", async () => {
    const repo = chain();
    repo.write(".dvc/config", `[core]\n    remote = r\n['remote "r"']\n    url = ../remote\n`);
    await reproOk(repo);
    const lock = repo.read("dvc.lock");
    copyCacheToRemote(repo);
    for (const path of ["a.txt", "b.txt", "c.txt", "d.txt"]) repo.remove(path);
    repo.remove(".dvc/cache");
    const { events, stages } = await reproOk(repo, { pull: true });
    expect(events).toEqual(["a: pulling", "b: pulling", "c: pulling", "d: pulling"]);
    expect(stages).toEqual([]);
    expect([repo.read("c.txt"), repo.read("dvc.lock")]).toEqual(["one\n", lock]);
  });

  test("of an earlier run is fetched with `pull`", async () => {
    const repo = chain();
    repo.write(".dvc/config", `[core]\n    remote = r\n['remote "r"']\n    url = ../remote\n`);
    await reproOk(repo);
    repo.write("in.txt", "two\n");
    await reproOk(repo);
    copyCacheToRemote(repo);
    repo.write("in.txt", "one\n");
    repo.remove(".dvc/cache");
    const { events } = await reproOk(repo, { pull: true });
    expect(events).toEqual(["a: restored", "b: restored", "c: restored", "d: restored"]);
    expect(repo.read("c.txt")).toBe("one\n");
  });
});

function copyCacheToRemote(repo: GitRepo): void {
  repo.git("-c", "alias.copy=!cp -r .dvc/cache remote", "copy");
}

describe("a `.dvc` file", () => {
  test("of added data is accepted as it is now", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: cp data.txt o, deps: [data.txt], outs: [o]}\n");
    repo.write("data.txt", "one\n");
    repo.write(
      "data.txt.dvc",
      "# mine\nouts:\n- md5: 5bbf5a52328e7439ae6e719dfe712200\n  size: 4\n  hash: md5\n  path: data.txt\n",
    );
    await commit(repo, ["data.txt.dvc"], { force: true });
    repo.write("data.txt", "three\n");
    const { stages, events } = await reproOk(repo);
    expect(stages).toEqual(["data.txt.dvc", "a"]);
    expect(events[0]).toBe("data.txt.dvc: verifying");
    expect(repo.read("data.txt.dvc")).toBe(
      "# mine\nouts:\n- md5: febe6995bad457991331348f7b9c85fa\n  size: 6\n  hash: md5\n  path: data.txt\n",
    );
    expect(repo.read("o")).toBe("three\n");
  });
});

describe("options", () => {
  test("a dry run tells, and touches nothing", async () => {
    const repo = chain();
    const { events, stages } = await reproOk(repo, { isDry: true, targets: ["a"] });
    expect(events).toEqual(["a: running", "a> cp in.txt a.txt"]);
    expect(stages).toEqual(["a"]);
    expect([repo.has("a.txt"), repo.has("dvc.lock")]).toEqual([false, false]);
  });

  test("`commit: false` records without storing, and leaves storing to commit", async () => {
    const repo = chain();
    await reproOk(repo, { commit: false, targets: ["a"] });
    expect(lockOf(repo)["a"]?.outs).toHaveLength(1);
    expect(repo.has(".dvc/cache/files")).toBe(false);
    expect(repo.has(".dvc/cache/runs")).toBe(false);
    await commit(repo, ["a"]);
    expect(repo.has(".dvc/cache/files")).toBe(true);
    expect((await reproOk(repo, { targets: ["a"] })).stages).toEqual([]);
  });

  test("a question that is answered with no ends it", async () => {
    const repo = chain();
    const asked: string[] = [];
    const confirm = async (stage: { readonly name: string | undefined }): Promise<boolean> => {
      asked.push(stage.name ?? "");
      return stage.name === "a";
    };
    const { error } = await repro(repo, {}, { confirm });
    expect(asked).toEqual(["a", "b"]);
    expect(error?.cause).toBeInstanceOf(ReproductionDeclinedError);
    expect(Object.keys(lockOf(repo))).toEqual(["a"]);
  });

  test("commands find DVC_ROOT, DVC_STAGE and their folder", async () => {
    const text =
      "stages:\n  s: {cmd: echo $DVC_STAGE > s.txt && pwd >> s.txt && echo $DVC_ROOT >> s.txt, wdir: work, outs: [s.txt]}\n";
    const repo = pipelineRepo("", { "sub/dvc.yaml": text, "sub/work/.keep": "" });
    await reproOk(repo, { targets: ["sub/dvc.yaml:s"] });
    const { root } = repo;
    expect(repo.read("sub/work/s.txt")).toBe(`sub/dvc.yaml:s\n${root}/sub/work\n${root}\n`);
    expect(lockOf(repo, "sub/dvc.lock")["s"]?.outs?.[0]?.["path"]).toBe("s.txt");
    expect(repo.read("sub/work/.gitignore")).toBe("/s.txt\n");
  });

  test("outputs are linked as configured, and executable ones say so", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: 'echo x > o; echo y > p; chmod +x p', outs: [o, p]}\n");
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    await reproOk(repo);
    expect(lstatSync(repo.path("o")).isSymbolicLink()).toBe(true);
    expect(lockOf(repo)["a"]?.outs?.map((out) => out["isexec"])).toEqual([undefined, true]);
    expect((await reproOk(repo)).stages).toEqual([]);
  });

  test("outputs come back linked as configured, and stay what they were", async () => {
    for (const type of ["symlink", "hardlink", "copy"]) {
      const repo = pipelineRepo(
        "stages:\n  a: {cmd: 'echo x > o; echo y > p; chmod +x p', deps: [in.txt], outs: [o, p]}\n",
        {
          "in.txt": "x",
        },
      );
      repo.write(".dvc/config", `[cache]\n    type = ${type}\n`);
      await reproOk(repo);
      const lock = repo.read("dvc.lock");
      repo.remove("o");
      repo.remove("dvc.lock");
      expect((await reproOk(repo)).events).toEqual(["a: restored"]);
      expect(repo.read("dvc.lock")).toBe(lock);
      expect(lstatSync(repo.path("o")).isSymbolicLink()).toBe(type === "symlink");
      expect(lstatSync(repo.path("o")).nlink > 1).toBe(type === "hardlink");
    }
  });

  test("what several stages could not record is refused before anything runs", async () => {
    const repo = chain();
    repo.write(".gitignore", "dvc.lock\n");
    const { error } = await repro(repo);
    expect(error?.cause).toMatchObject({ code: "LOCK_FILE_IGNORED" });
    expect(repo.has("a.txt")).toBe(false);
  });

  test("uncached outputs may lie outside of the project", async () => {
    const repo = pipelineRepo("", { "sub/.keep": "" });
    const outside = `${repo.root}-outside.txt`;
    repo.write("dvc.yaml", `stages:\n  a: {cmd: "echo x > ${outside}", outs: ["${outside}": {cache: false}]}\n`);
    try {
      await reproOk(repo);
      expect(lockOf(repo)["a"]?.outs?.[0]?.["path"]).toBe(outside);
      expect((await reproOk(repo)).stages).toEqual([]);
    } finally {
      rmSync(outside, { force: true });
    }
  });

  test("files are staged where the configuration asks for it", async () => {
    const repo = chain();
    repo.write(".dvc/config", "[core]\n    autostage = true\n");
    const { result } = await reproOk(repo, { targets: ["a"] });
    expect(result?.edit.isStaged).toBe(true);
    expect(repo.git("diff", "--cached", "--name-only").split("\n")).toEqual([".gitignore", "dvc.lock"]);
  });
});

describe("checkpoint outputs", () => {
  const TEXT = `stages:
  train: {cmd: "echo step >> m.txt; [ ! -e stop ]", deps: [in.txt], outs: [m.txt: {checkpoint: true}]}
  eval: {cmd: "wc -l < m.txt > e.txt; echo run >> evals", deps: [m.txt], outs: [e.txt]}
`;

  test("make a stage no more changed than others, and what comes after runs once", async () => {
    const repo = pipelineRepo(TEXT, { "in.txt": "x\n" });
    await reproOk(repo);
    expect((await reproOk(repo)).stages).toEqual([]);
    expect(repo.read("evals")).toBe("run\n");
    expect(lockOf(repo)["train"]?.outs).toHaveLength(1);
  });

  test("keep what the command left when it fails", async () => {
    const repo = pipelineRepo(TEXT, { "in.txt": "x\n" });
    await reproOk(repo);
    repo.write("in.txt", "y\n");
    repo.write("stop", "");
    repo.write("dvc.yaml", TEXT.replace("echo step", "echo best"));
    expect((await repro(repo)).error).toBeInstanceOf(ReproductionError);
    expect(repo.read("m.txt")).toBe("best\n");
  });
});

describe("other commands", () => {
  test("see which paths a stage works on, and keep it from theirs", async () => {
    const repo = pipelineRepo(
      "stages:\n  a: {cmd: cp .dvc/tmp/rwlock seen && cp in.txt o, deps: [in.txt], outs: [o]}\n",
      {
        "in.txt": "x\n",
      },
    );
    await reproOk(repo, { commandLine: "waymark repro a" });
    const holder = { pid: process.pid, cmd: "waymark repro a (a)" };
    expect(JSON.parse(repo.read("seen"))).toEqual({
      read: { [repo.path("in.txt")]: [holder], [repo.path("o")]: [holder] },
      write: { [repo.path("o")]: holder },
    });
    expect(repo.read(".dvc/tmp/rwlock")).toBe("{}");
    const other = { pid: process.ppid, cmd: "dvc repro b" };
    repo.write(".dvc/tmp/rwlock", JSON.stringify({ read: { [repo.path("o")]: [other] } }));
    repo.write("in.txt", "y\n");
    const { error } = await repro(repo);
    expect(error?.cause).toBeInstanceOf(PathBusyError);
    expect(repo.read("o")).toBe("x\n");
  });

  test("may have the repository while a command runs", async () => {
    const repo = pipelineRepo("stages:\n  a: {cmd: flock -n .dvc/tmp/lock true && echo free > o, outs: [o]}\n");
    await reproOk(repo);
    expect(repo.read("o")).toBe("free\n");
  });

  test("that record stages meanwhile lose nothing", async () => {
    const theirs = "schema: '2.0'\nstages:\n  other:\n    cmd: theirs  # kept\n";
    const text = "stages:\n  a: {cmd: cp theirs.lock dvc.lock && echo x > o, outs: [o]}\n";
    const repo = pipelineRepo(text, { "theirs.lock": theirs });
    await reproOk(repo);
    expect(repo.read("dvc.lock")).toContain("  other:\n    cmd: theirs  # kept\n  a:\n");
  });
});
