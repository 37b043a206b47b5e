import { beforeEach, describe, expect, it } from "vitest";
import { hashBytes } from "@waymark/store";
import { TestRun } from "../experiments/support.ts";
import { dataRepo, openData } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

let repo: GitRepo;

const md5 = (text: string): string => hashBytes(Buffer.from(text)).md5;

async function run(...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, args);
}

/** Texts of files that the cache, or a folder of a remote, holds. */
function held(texts: readonly string[], folder = ".dvc/cache/files/md5"): readonly string[] {
  return texts.filter((text) => repo.has(`${folder}/${md5(text).slice(0, 2)}/${md5(text).slice(2)}`));
}

async function version(text: string, path = "f.txt"): Promise<string> {
  repo.write(path, text);
  expect((await run("add", path)).code).toBe(0);
  return repo.commitAll(text);
}

const ALL = ["one", "two", "three", "now"];

/** Three commits, the first tagged, the second on a branch of its own; and a workspace that differs from all. */
beforeEach(async () => {
  repo = dataRepo();
  await version("one");
  repo.git("tag", "v1");
  const two = await version("two");
  repo.git("branch", "side", two);
  await version("three");
  repo.write("f.txt", "now");
  await run("add", "f.txt");
});

describe("gc", () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ["-w", ["-w"], ["now"]],
    ["-a", ["-a"], ["two", "three", "now"]],
    ["-a -n 2", ["-a", "-n", "2"], ["one", "two", "three", "now"]],
    ["-T", ["-T"], ["one", "now"]],
    ["-A", ["-A"], ALL],
    ["--rev", ["--rev", "HEAD~1"], ["two", "now"]],
    ["--rev -n", ["--rev", "HEAD", "-n", "2"], ["two", "three", "now"]],
    ["--date", ["--date", "2001-01-01"], ALL],
    ["--date in the future", ["--date", "2100-01-01"], ["now"]],
    ["--all-experiments", ["--all-experiments"], ["now"]],
    ["-a -T", ["-aT"], ALL],
  ])("keeps what %s says", async (_, args, kept) => {
    expect((await run("gc", "-f", ...args)).code).toBe(0);
    expect(held(ALL)).toEqual(kept);
  });

  it("prints with --dry what it would remove, manifests of folders first, and removes nothing", async () => {
    repo.write("d/inner", "inner");
    await run("add", "d");
    await run("remove", "d.dvc");
    const { code, stdout } = await run("gc", "-w", "--dry");
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^Removing \/.*\/files\/md5\/\w\w\/\w{30}\.dir$/);
    expect(lines.slice(1).every((line) => !line.endsWith(".dir"))).toBe(true);
    expect(held([...ALL, "inner"])).toHaveLength(5);
  });

  it("asks first, and takes no answer for a no", async () => {
    const { code, stderr } = await run("gc", "-w");
    expect(code).toBe(1);
    expect(stderr).toMatch(/removes all data but what is used by the workspace, all experiments/);
    expect(held(ALL)).toEqual(ALL);
  });

  it("leaves the run cache alone, and what no name of an object is", async () => {
    repo.write(".dvc/cache/runs/ab/abc/def", "cmd: x\n");
    repo.write(".dvc/cache/files/md5/aa/notes.txt", "mine");
    await run("gc", "-w", "-f");
    expect(repo.has(".dvc/cache/runs/ab/abc/def")).toBe(true);
    expect(repo.has(".dvc/cache/files/md5/aa/notes.txt")).toBe(true);
  });

  it("keeps objects of DVC 2 that are recorded so, and removes others", async () => {
    const old = md5("old");
    repo.write(`.dvc/cache/${old.slice(0, 2)}/${old.slice(2)}`, "old");
    repo.write(`.dvc/cache/${md5("gone").slice(0, 2)}/${md5("gone").slice(2)}`, "gone");
    repo.write("old.txt.dvc", `outs:\n- md5: ${old}\n  path: old.txt\n`);
    await run("gc", "-w", "-f");
    expect(held(["old", "gone"], ".dvc/cache")).toEqual(["old"]);
  });

  it("protects experiments with all of their checkpoints, unless told not to", async () => {
    repo.commitAll("now");
    const experiment = new TestRun(repo, { name: "brave-bat" });
    for (const step of [0, 1]) experiment.checkpoint(step);
    experiment.end(1);
    repo.remove("model.bin.dvc");
    repo.git("checkout", "--quiet", "--", ".");
    const models = ["model 0\n", "model 1\n"];
    await run("gc", "-w", "-f");
    expect(held(models)).toEqual(models);
    const { stderr } = await run("gc", "-w", "-f", "--drop-experiments");
    expect(stderr).not.toContain("all experiments");
    expect(held(models)).toEqual([]);
  });

  it("protects what DVC has queued, every entry of its stash", async () => {
    repo.git("config", "core.logAllRefUpdates", "always");
    const [three, two] = [repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD~1")];
    repo.git("update-ref", "--create-reflog", "refs/exps/celery/stash", two);
    repo.git("update-ref", "refs/exps/celery/stash", three);
    await run("gc", "-w", "-f");
    expect(held(ALL)).toEqual(["two", "three", "now"]);
  });

  it("protects what a run that goes on has put into the cache", async () => {
    repo.write(".dvc/tmp/waymark/objects/other.txt", `${md5("two")}\n`);
    await run("gc", "-w", "-f");
    expect(held(["two"])).toEqual(["two"]);
  });

  it("keeps what other projects need with -p", async () => {
    const other = dataRepo();
    other.write(".dvc/config", `[cache]\n    dir = ${repo.path(".dvc/cache")}\n`);
    other.write("o.txt", "other");
    expect((await runHere(other.root, ["add", "o.txt"])).code).toBe(0);
    await run("gc", "-w", "-f", "-p", other.root);
    expect(held([...ALL, "other"])).toEqual(["now", "other"]);
    await run("gc", "-w", "-f");
    expect(held([...ALL, "other"])).toEqual(["now"]);
  });

  it("refuses to go on when it cannot tell what is needed", async () => {
    repo.write("d/inner", "inner");
    await run("add", "d");
    repo.commitAll("folder");
    const manifest = /md5: (\w+\.dir)/.exec(repo.read("d.dvc"))?.[1] ?? "";
    repo.remove(`.dvc/cache/files/md5/${manifest.slice(0, 2)}/${manifest.slice(2)}`);
    await expect(run("gc", "-w", "-f")).resolves.toMatchObject({ code: 0 });
    repo.write("bad.dvc", "outs: {\n");
    const bad = repo.commitAll("bad");
    repo.git("rm", "-q", "bad.dvc");
    const refused = await run("gc", "-f", "--rev", bad);
    expect(refused.code).toBe(255);
    expect(refused.stderr).toMatch(/cannot be read[^]*--skip-failed/);
    expect((await run("gc", "-f", "--rev", bad, "--skip-failed")).code).toBe(0);
  });

  it("collects in remotes with -c, and keeps what a remote lacks with --not-in-remote", async () => {
    repo.write(".dvc/config", "[core]\n    remote = store\n['remote \"store\"']\n    url = ../.git/store\n");
    const store = ".git/store/files/md5";
    for (const text of ALL) repo.write(`${store}/${md5(text).slice(0, 2)}/${md5(text).slice(2)}`, text);
    const dry = await run("gc", "-T", "-c", "--dry");
    expect(dry.stdout).toContain(`Removing ${md5("two")} from remote 'store'`);
    expect(held(ALL, store)).toEqual(ALL);
    expect((await run("gc", "-T", "-c", "-f", "-r", "store", "-j", "2")).code).toBe(0);
    expect([held(ALL, store), held(ALL)]).toEqual([
      ["one", "now"],
      ["one", "now"],
    ]);
    repo.remove(`${store}/${md5("now").slice(0, 2)}`);
    expect((await run("gc", "-T", "--not-in-remote", "-f")).code).toBe(0);
    expect([held(ALL, store), held(ALL)]).toEqual([["one"], ["now"]]);
  });

  it.each<readonly [readonly string[], number]>([
    [[], 255],
    [["-w", "-r", "store"], 255],
    [["-w", "-c", "--not-in-remote"], 255],
    [["-w", "-n", "2"], 255],
    [["-f", "--date", "bad"], 255],
    [["-f", "--rev", "nowhere"], 255],
    [["-w", "-c", "-f"], 251],
    [["-w", "-j", "none"], 254],
  ])("refuses %j as DVC does", async (args, code) => {
    expect((await run("gc", ...args)).code).toBe(code);
    expect(held(ALL)).toEqual(ALL);
  });
});

describe("cache migrate", () => {
  it("gives objects of DVC 2 their name of today, and records data anew", async () => {
    const { cache } = openData(repo);
    const legacy = "dd8c6a395b5dd36c56d23275028f526c";
    repo.write(`.dvc/cache/${legacy.slice(0, 2)}/${legacy.slice(2)}`, "a\r\nb\r\n");
    repo.write("old.txt.dvc", `outs:\n- md5: ${legacy}\n  size: 6\n  path: old.txt\n`);
    await run("checkout", "old.txt");
    expect((await run("cache", "migrate", "--dry", "--dvc-files")).stdout).toBe(
      "1 files will be re-hashed and migrated to the DVC 3.0 cache location.\n" +
        "Entries in following DVC files will be migrated to the 3.0 format:\n\told.txt.dvc\n",
    );
    expect(cache.has("59b0d7772f0561efb95518f3cb8abc60")).toBe(false);
    expect((await run("cache", "migrate", "--dvc-files")).stdout).toBe(
      "Migrated 1 files to DVC 3.0 cache location.\nUpdated 'old.txt.dvc'\n",
    );
    expect(cache.has("59b0d7772f0561efb95518f3cb8abc60")).toBe(true);
    expect(repo.read("old.txt.dvc")).toBe(
      "outs:\n- md5: 59b0d7772f0561efb95518f3cb8abc60\n  size: 6\n  path: old.txt\n  hash: md5\n",
    );
    expect((await run("cache", "migrate", "--dvc-files")).stdout).toContain("No DVC files in the repo to migrate");
  });

  it("records outputs and inputs of stages anew, and leaves the rest of dvc.lock as it is", async () => {
    repo.write("in.txt", "a\r\nb\r\n");
    repo.write("out.txt", "one");
    repo.write("dvc.yaml", "stages:\n  s:\n    cmd: x\n    deps:\n    - in.txt\n    outs:\n    - out.txt\n");
    repo.write(
      "dvc.lock",
      "schema: '2.0'\nstages:\n  s:\n    cmd: x\n    deps:\n    - path: in.txt\n      md5: dd8c6a395b5dd36c56d23275028f526c\n      size: 6\n" +
        `    outs:\n    - path: out.txt\n      md5: ${md5("one")}\n      size: 3\n  old:\n    cmd: gone\n`,
    );
    expect((await run("cache", "migrate", "--dvc-files")).stdout).toContain("Updated 'dvc.lock'");
    expect(repo.read("dvc.lock")).toBe(
      "schema: '2.0'\nstages:\n  s:\n    cmd: x\n    deps:\n    - path: in.txt\n      hash: md5\n      md5: 59b0d7772f0561efb95518f3cb8abc60\n      size: 6\n" +
        `    outs:\n    - path: out.txt\n      hash: md5\n      md5: ${md5("one")}\n      size: 3\n  old:\n    cmd: gone\n`,
    );
    expect(JSON.parse((await run("status", "--json", "s")).stdout)).toEqual({});
  });
});
