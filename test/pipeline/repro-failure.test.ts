import { readdirSync } from "node:fs";
import { ReproductionError, StageCommandError } from "@waymark/pipeline";
import { describe, expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { CHAIN, chain, dropObjects, lockOf, pipelineRepo, repro, reproOk } from "./repro-project.ts";

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
