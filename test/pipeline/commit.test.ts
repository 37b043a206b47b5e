import { parseDvcLock } from "@waymark/core";
import { addData, CommitDeclinedError } from "@waymark/pipeline";
import { hashBytes } from "@waymark/store";
import { describe, expect, test } from "vitest";
import type { GitRepo } from "../support/git-repo.ts";
import { dataRepo, openData } from "./data-project.ts";
import { commit, pipelineRepo, reproOk } from "./repro-project.ts";

const TWO = `stages:
  a: {cmd: cp in.txt a.txt, deps: [in.txt], outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
`;

async function reproduced(): Promise<GitRepo> {
  const repo = pipelineRepo(TWO, { "in.txt": "one\n" });
  await reproOk(repo);
  return repo;
}

function md5(text: string): string {
  return hashBytes(Buffer.from(text)).md5;
}

function md5Of(repo: GitRepo, stage: string): unknown {
  return parseDvcLock(repo.read("dvc.lock")).stages[stage]?.outs?.[0]?.["md5"];
}

describe("commitStages", () => {
  test("records nothing of what changed unless told to", async () => {
    const repo = await reproduced();
    const lock = repo.read("dvc.lock");
    repo.write("b.txt", "by hand\n");
    await expect(commit(repo)).rejects.toThrow(CommitDeclinedError);
    await expect(commit(repo)).rejects.toThrow("Stage 'b' is not recorded: its outputs changed (b.txt)");
    expect(repo.read("dvc.lock")).toBe(lock);
  });

  test("asks about each stage that changed, with what did", async () => {
    const repo = await reproduced();
    repo.write("in.txt", "two\n");
    const asked: string[] = [];
    await commit(repo, [], {
      confirm: async (stage, { deps }) => {
        asked.push(`${stage.name}: ${deps.map(({ dep, word }) => `${dep.path} ${word}`).join()}`);
        return true;
      },
    });
    expect(asked).toEqual(["a: in.txt modified"]);
    expect((await reproOk(repo)).stages).toEqual([]);
  });

  test("takes inputs, outputs and the command as they are, and runs nothing", async () => {
    const repo = await reproduced();
    repo.write("a.txt", "by hand\n");
    repo.write("dvc.yaml", TWO.replace("cp a.txt b.txt", "touch ran && cp a.txt b.txt"));
    await commit(repo, [], { force: true });
    expect(repo.has("ran")).toBe(false);
    expect((await reproOk(repo)).stages).toEqual([]);
    repo.remove("a.txt");
    await reproOk(repo);
    expect(repo.read("a.txt")).toBe("by hand\n");
  });

  test("records only what is named, or also what that needs", async () => {
    const repo = await reproduced();
    repo.write("a.txt", "A\n");
    repo.write("b.txt", "B\n");
    const before = md5Of(repo, "a");
    await commit(repo, ["b"], { force: true });
    expect(md5Of(repo, "a")).toBe(before);
    await commit(repo, ["b"], { force: true, withDeps: true });
    expect(md5Of(repo, "a")).not.toBe(before);
    expect((await reproOk(repo)).stages).toEqual([]);
  });

  test("stores one output of several when it is named by its path, and records all as they are", async () => {
    const text = "stages:\n  a: {cmd: echo 1 > x && echo 1 > y, outs: [x, y]}\n";
    const repo = pipelineRepo(text);
    await reproOk(repo);
    repo.write("x", "2\n");
    repo.write("y", "3\n");
    await commit(repo, ["x"], { force: true });
    const [x, y] = (parseDvcLock(repo.read("dvc.lock")).stages["a"]?.outs ?? []).map((out) => out["md5"]);
    expect([x, y]).toEqual([md5("2\n"), md5("3\n")]);
    const { cache } = openData(repo);
    expect([cache.has(md5("2\n")), cache.has(md5("3\n"))]).toEqual([true, false]);
  });

  test("stores of a folder only the part that is named, and records the folder as it is", async () => {
    const repo = dataRepo({ "data/a/1": "1", "data/b/1": "1" });
    repo.git("rm", "-q", "-r", "--cached", "data");
    await addData(openData(repo), ["data"]);
    repo.write("data/a/1", "changed in a");
    repo.write("data/b/1", "changed in b");
    await commit(repo, ["data/a"], { force: true });
    const { cache } = openData(repo);
    expect([cache.has(md5("changed in a")), cache.has(md5("changed in b"))]).toEqual([true, false]);
    const recorded = /md5: (\S+)/.exec(repo.read("data.dvc"))?.[1] ?? "";
    expect(cache.readDirectory(recorded)).toEqual([
      { relpath: "a/1", md5: md5("changed in a") },
      { relpath: "b/1", md5: md5("changed in b") },
    ]);
    await expect(commit(repo, ["data/c"], { force: true })).rejects.toThrow("'data/c'");
  });

  test("keeps the run, so that the same inputs bring the outputs back", async () => {
    const repo = await reproduced();
    repo.remove(".dvc/cache");
    await commit(repo, [], { force: true });
    repo.remove("dvc.lock");
    repo.remove("b.txt");
    expect((await reproOk(repo)).events).toEqual(["a: restored", "b: restored"]);
  });

  test("records of one file all stages or none, whatever files before it record", async () => {
    const repo = await reproduced();
    repo.write("sub/dvc.yaml", "stages:\n  s: {cmd: echo 1 > out, outs: [out]}\n");
    repo.write("a/dvc.yaml", "stages:\n  s: {cmd: echo 1 > out, outs: [out]}\n");
    repo.write("a/out", "1\n");
    repo.write("a.txt", "by hand\n");
    repo.remove("b.txt");
    const lock = repo.read("dvc.lock");
    const targets = ["a/dvc.yaml", "dvc.yaml", "sub/dvc.yaml"];
    await expect(commit(repo, targets, { force: true })).rejects.toMatchObject({ code: "MISSING_OUTPUT" });
    expect(repo.has("a/dvc.lock")).toBe(true);
    expect(repo.read("dvc.lock")).toBe(lock);
    expect(repo.has("sub/dvc.lock")).toBe(false);
  });

  test("tells how far storing has come", async () => {
    const repo = await reproduced();
    repo.write("b.txt", "by hand\n");
    let files = 0;
    await commit(repo, [], { force: true, onProgress: (progress) => (files = Math.max(files, progress.files)) });
    expect(files).toBe(1);
  });

  test("does not take what is missing", async () => {
    const repo = await reproduced();
    repo.remove("b.txt");
    await expect(commit(repo, [], { force: true })).rejects.toMatchObject({ code: "MISSING_OUTPUT", path: "b.txt" });
  });
});
