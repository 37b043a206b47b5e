import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, statSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { dataRepo, openData } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

let repo: GitRepo;

async function run(...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, args);
}

beforeEach(async () => {
  repo = dataRepo();
  for (const [path, text] of Object.entries({ "data/x": "x", "data/sub/y": "y", "f.txt": "f", "keep/k": "k" })) {
    repo.write(path, text);
  }
  await run("add", "data", "f.txt", "keep/k");
});

describe("checkout", () => {
  it("brings back what is gone, and says what it did, seen from here", async () => {
    expect((await run("checkout")).stdout).toBe("");
    for (const path of ["data", "f.txt", "keep/k"]) repo.remove(path);
    expect((await runHere(repo.path("keep"), ["checkout"])).stdout).toBe("A\t../data/\nA\t../f.txt\nA\tk\n");
    expect(repo.read("data/sub/y")).toBe("y");
    repo.remove("data/x");
    expect((await run("checkout")).stdout).toBe("M\tdata/\n");
  });

  it("refuses to lose what is nowhere else, names it, and obeys --force", async () => {
    repo.write("data/sub/y", "edited");
    repo.write("data/new", "new");
    repo.write("f.txt", "edited too");
    repo.remove("data/x");
    const { code, stdout, stderr } = await run("checkout");
    expect([code, stdout]).toEqual([255, ""]);
    expect(stderr).toMatch(/would be lost[^]* {2}data\/new\n {2}data\/sub\/y\n {2}f\.txt\n[^]*--force/);
    expect([repo.read("data/sub/y"), repo.has("data/x")]).toEqual(["edited", false]);
    expect((await run("checkout", "-f")).stdout).toBe("M\tdata/\nM\tf.txt\n");
    expect([repo.read("data/sub/y"), repo.has("data/new"), repo.read("f.txt")]).toEqual(["y", false, "f"]);
  });

  it("replaces without a question what the cache has", async () => {
    repo.write("f.txt", "k");
    expect((await run("checkout")).code).toBe(0);
    expect(repo.read("f.txt")).toBe("f");
  });

  it("counts files with --summary", async () => {
    expect((await run("checkout", "--summary")).stdout).toBe("No changes.\n");
    repo.write("f.txt", "x");
    repo.write("data/more", "k");
    repo.remove("keep/k");
    repo.remove("data/x");
    repo.remove("data/sub");
    expect((await run("checkout", "--summary")).stdout).toBe("1 file modified, 3 files added and 1 file deleted\n");
  });

  it("takes outputs, .dvc files, folders and places in outputs as targets", async () => {
    for (const path of ["data", "f.txt", "keep/k"]) repo.remove(path);
    expect((await run("checkout", "data/sub")).stdout).toBe("A\tdata/\n");
    expect([repo.has("data/sub/y"), repo.has("data/x")]).toEqual([true, false]);
    repo.write("data/sub/extra", "k");
    expect((await run("checkout", "data/sub")).stdout).toBe("M\tdata/\n");
    expect(repo.has("data/sub/extra")).toBe(false);
    expect((await run("checkout", "f.txt.dvc")).stdout).toBe("A\tf.txt\n");
    expect((await run("checkout", "-R", "keep")).stdout).toBe("A\tkeep/k\n");
    expect((await run("checkout", "data/nowhere")).code).toBe(0);
    const unknown = await run("checkout", "nowhere");
    expect(unknown.code).toBe(255);
    expect(unknown.stderr).toContain("'nowhere' is neither an output nor a stage");
  });

  it("adds what a stage depends on with -d", async () => {
    repo.write("dvc.yaml", "stages:\n  s:\n    cmd: x\n    deps:\n    - f.txt\n    outs:\n    - out\n");
    repo.write(
      "dvc.lock",
      "schema: '2.0'\nstages:\n  s:\n    cmd: x\n    outs:\n    - path: out\n      hash: md5\n      md5: 9dd4e461268c8034f5c8564e155c67a6\n",
    );
    for (const path of ["data", "f.txt"]) repo.remove(path);
    expect((await run("checkout", "s")).stdout).toBe("A\tout\n");
    repo.remove("out");
    expect((await run("checkout", "-d", "s")).stdout).toBe("A\tf.txt\nA\tout\n");
    expect(repo.read("out")).toBe("x");
  });

  it("names what the cache lacks, checks the rest out, and succeeds with --allow-missing", async () => {
    const { cache } = openData(repo);
    rmSync(cache.objectPath("8fa14cdd754f91cc6554c9e71929cce7"));
    for (const path of ["data", "f.txt"]) repo.remove(path);
    const { code, stdout, stderr } = await run("checkout");
    expect([code, stdout]).toEqual([255, "A\tdata/\n"]);
    expect(stderr).toMatch(/cache lacks[^]* {2}f\.txt\n[^]*waymark pull/);
    expect(await run("checkout", "--allow-missing")).toMatchObject({ code: 0, stdout: "" });
  });

  it("leaves a folder as it is whose list of files the cache lacks", async () => {
    const { cache } = openData(repo);
    rmSync(cache.objectPath(/md5: (\w+\.dir)/.exec(repo.read("data.dvc"))?.[1] ?? ""));
    const { code, stderr } = await run("checkout", "-f");
    expect(code).toBe(255);
    expect(stderr).toContain("  data\n");
    expect(repo.read("data/sub/y")).toBe("y");
  });

  it("names a damaged object, and links it nowhere", async () => {
    const { cache } = openData(repo);
    const object = cache.objectPath("8fa14cdd754f91cc6554c9e71929cce7");
    rmSync(object);
    repo.write(".dvc/cache/files/md5/8f/a14cdd754f91cc6554c9e71929cce7", "other bytes");
    repo.remove("f.txt");
    const { code, stderr } = await run("checkout", "f.txt");
    expect(code).toBe(255);
    expect(stderr).toMatch(/damaged[^]*8fa14cdd754f91cc6554c9e71929cce7 for .*f\.txt/);
    expect(repo.has("f.txt")).toBe(false);
  });

  it("links anew with --relink", async () => {
    repo.write(".dvc/config", "[cache]\n    type = hardlink\n");
    expect((await run("checkout", "--relink")).stdout).toBe("Relinked successfully\n");
    expect(statSync(repo.path("f.txt")).nlink).toBe(2);
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    await run("checkout", "--relink", "f.txt");
    expect(lstatSync(repo.path("f.txt")).isSymbolicLink()).toBe(true);
    repo.write(".dvc/config", "[cache]\n    type = copy\n");
    await run("checkout", "--relink");
    expect([lstatSync(repo.path("f.txt")).isFile(), statSync(repo.path("f.txt")).nlink]).toEqual([true, 1]);
    expect(repo.read("f.txt")).toBe("f");
  });

  it("gives an executable its mark, and an empty folder its place", async () => {
    repo.write("run.sh", "#!/bin/sh\n");
    chmodSync(repo.path("run.sh"), 0o755);
    mkdirSync(repo.path("empty"));
    await run("add", "run.sh", "empty");
    for (const path of ["run.sh", "empty"]) repo.remove(path);
    expect((await run("checkout")).stdout).toBe("A\tempty/\nA\trun.sh\n");
    expect(statSync(repo.path("run.sh")).mode & 0o100).toBe(0o100);
    expect(statSync(repo.path("empty")).isDirectory()).toBe(true);
  });

  it("checks out what DVC 2 recorded, without taking line ends for changes", async () => {
    const legacy = "dd8c6a395b5dd36c56d23275028f526c";
    repo.write(`.dvc/cache/${legacy.slice(0, 2)}/${legacy.slice(2)}`, "a\r\nb\r\n");
    repo.write("old.txt.dvc", `outs:\n- md5: ${legacy}\n  size: 6\n  path: old.txt\n`);
    expect((await run("checkout", "old.txt")).stdout).toBe("A\told.txt\n");
    expect(repo.read("old.txt")).toBe("a\r\nb\r\n");
    repo.write("old.txt", "a\nb\n");
    expect(await run("checkout", "old.txt")).toMatchObject({ code: 0, stdout: "" });
    expect((await runHere(repo.root, ["data", "status", "--json", "old.txt"])).stdout).not.toContain("uncommitted");
  });

  it("writes nothing outside of the project, whatever a .dvc file says", async () => {
    repo.write("evil.dvc", "outs:\n- md5: 8fa14cdd754f91cc6554c9e71929cce7\n  hash: md5\n  path: ../evil\n");
    repo.write("abs.dvc", "outs:\n- md5: 8fa14cdd754f91cc6554c9e71929cce7\n  hash: md5\n  path: /tmp/waymark-evil\n");
    await run("checkout");
    expect(repo.has("../evil")).toBe(false);
    expect(existsSync("/tmp/waymark-evil")).toBe(false);
  });
});
