import { chmodSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { dataRepo } from "../pipeline/data-project.ts";
import type { GitRepo } from "../support/git-repo.ts";
import { type Answer, runHere } from "../support/in-process.ts";

let repo: GitRepo;

async function run(...args: readonly string[]): Promise<Answer> {
  return runHere(repo.root, args);
}

beforeEach(async () => {
  repo = dataRepo();
  for (const [path, text] of Object.entries({ "data/x": "x", "f.txt": "f" })) repo.write(path, text);
  await run("add", "data", "f.txt");
  repo.commitAll("data");
});

const PIPELINE = `# what we do
stages:
  prepare:
    cmd: make prep   # fast
    outs:
    - prep
  train:
    cmd: make model
    deps: [prep]
    outs:
    - model
`;
const LOCK = `schema: '2.0'
stages:
  prepare:
    cmd: make prep
    outs:
    - path: prep
      hash: md5
      md5: 8fa14cdd754f91cc6554c9e71929cce7
  train:
    cmd: make model
`;

describe("move", () => {
  it("takes the data, its record and its .gitignore entry along", async () => {
    repo.write("f.txt.dvc", `# mine\n${repo.read("f.txt.dvc")}`);
    repo.write("sub/README.md", "");
    const { code, stderr } = await run("move", "f.txt", "sub/g.txt");
    expect(code).toBe(0);
    expect(stderr).toContain("git add .gitignore f.txt.dvc sub/.gitignore sub/g.txt.dvc");
    expect(repo.read("sub/g.txt")).toBe("f");
    expect(repo.read("sub/g.txt.dvc")).toBe(
      "# mine\nouts:\n- md5: 8fa14cdd754f91cc6554c9e71929cce7\n  size: 1\n  hash: md5\n  path: g.txt\n",
    );
    expect([repo.has("f.txt"), repo.has("f.txt.dvc")]).toEqual([false, false]);
    expect([repo.read(".gitignore"), repo.read("sub/.gitignore")]).toEqual(["/data\n", "/g.txt\n"]);
    expect((await run("mv", "sub/g.txt", ".")).code).toBe(0);
    expect(repo.read("g.txt")).toBe("f");
    expect(repo.has("sub/.gitignore")).toBe(false);
  });

  it("moves the record alone when the data is not here", async () => {
    repo.remove("data");
    const { code, stderr } = await run("move", "data", "other");
    expect(code).toBe(0);
    expect(stderr).toContain("'data' is not in the workspace");
    expect((await run("checkout", "other")).stdout).toBe("A\tother/\n");
  });

  it("adjusts the source of imported data, and its checksum", async () => {
    const md5 = "8fa14cdd754f91cc6554c9e71929cce7";
    repo.write("src.bin", "f");
    repo.git("add", "src.bin");
    repo.write(
      "imported.dvc",
      `md5: 0cc175b9c0f1b6a831c399e269772661\nfrozen: true\ndeps:\n- md5: ${md5}\n  size: 1\n  hash: md5\n  path: src.bin\nouts:\n- md5: ${md5}\n  size: 1\n  hash: md5\n  path: imported\n`,
    );
    repo.write("imported", "f");
    repo.write("sub/README.md", "");
    expect((await run("move", "imported", "sub/")).code).toBe(0);
    expect(repo.read("sub/imported.dvc")).toContain("  path: ../src.bin\n");
    expect(JSON.parse((await run("status", "--json", "sub/imported.dvc")).stdout)).toEqual({});
  });

  it.each([
    ["what is not tracked", ["README.md", "x"], /no \.dvc file tracks 'README\.md'/],
    ["a place in a tracked folder", ["data/x", "x"], /no \.dvc file tracks 'data\/x'/],
    ["over what is there", ["f.txt", "README.md"], /Git tracks it|exists already/],
    ["over other data", ["f.txt", "data"], /lies in tracked data/],
    ["into itself", ["data", "data/inner"], /lies in tracked data/],
    ["out of the project", ["f.txt", "../f.txt"], /outside of the project/],
    ["to a name of a .dvc file", ["f.txt", "x.dvc"], /describes data/],
  ])("refuses to move %s", async (_, args, message) => {
    const { code, stderr } = await run("move", ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect([repo.read("f.txt"), repo.git("status", "--porcelain")]).toEqual(["f", ""]);
  });

  it("refuses outputs of stages", async () => {
    repo.write("dvc.yaml", PIPELINE);
    repo.write("prep", "");
    const { code, stderr } = await run("move", "prep", "x");
    expect(code).toBe(1);
    expect(stderr).toMatch(/stage 'prepare' makes it[^]*dvc\.yaml/);
  });
});

describe("remove", () => {
  it("stops tracking data, and keeps it", async () => {
    const { code, stderr } = await run("remove", "f.txt.dvc");
    expect(code).toBe(0);
    expect(stderr).toContain("git add .gitignore f.txt.dvc");
    expect([repo.has("f.txt.dvc"), repo.read("f.txt"), repo.read(".gitignore")]).toEqual([false, "f", "/data\n"]);
    await run("rm", "data.dvc", "--outs");
    expect([repo.has("data"), repo.has("data.dvc"), repo.has(".gitignore")]).toEqual([false, false, false]);
  });

  it("keeps data whole that shared its bytes with the cache", async () => {
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    await run("checkout", "--relink");
    await run("remove", "f.txt.dvc");
    await run("gc", "-w", "-f");
    expect(repo.read("f.txt")).toBe("f");
  });

  it("takes a stage out of its files, every other line of which stays", async () => {
    repo.write("dvc.yaml", PIPELINE);
    repo.write("dvc.lock", LOCK);
    repo.write(".gitignore", "/data\n/f.txt\n/prep\n/model\n");
    expect((await run("remove", "train")).code).toBe(0);
    expect(repo.read("dvc.yaml")).toBe(PIPELINE.slice(0, PIPELINE.indexOf("  train:")));
    expect(repo.read("dvc.lock")).toBe(LOCK.slice(0, LOCK.indexOf("  train:")));
    expect(repo.read(".gitignore")).toBe("/data\n/f.txt\n/prep\n");
    expect((await run("remove", "dvc.yaml:prepare")).code).toBe(0);
    expect([repo.has("dvc.yaml"), repo.has("dvc.lock")]).toEqual([false, false]);
  });

  it("keeps a dvc.yaml that says more than stages", async () => {
    repo.write("dvc.yaml", "params:\n- params.yaml\nstages:\n  s: {cmd: x}\n");
    expect((await run("remove", "s")).code).toBe(0);
    expect(repo.read("dvc.yaml")).toBe("params:\n- params.yaml\n");
  });

  it("refuses what is no stage, what is generated, and data instead of its .dvc file", async () => {
    const data = await run("remove", "data");
    expect(data.code).toBe(1);
    expect((await run("remove", "nowhere.dvc")).code).toBe(1);
    repo.write("dvc.yaml", "stages:\n  s:\n    foreach: [a, b]\n    do:\n      cmd: x ${item}\n");
    const generated = await run("remove", "s@a");
    expect(generated.code).toBe(1);
    expect(generated.stderr).toMatch(/'s@a' is made by an expression, 'foreach' or 'matrix'/);
  });
});

describe("destroy", () => {
  it("touches nothing behind a link out of the project, and neither does move", async () => {
    const outside = dataRepo({ x: "theirs" });
    chmodSync(outside.path("x"), 0o444);
    symlinkSync(outside.root, repo.path("link"));
    repo.write("evil.dvc", "outs:\n- md5: 8fa14cdd754f91cc6554c9e71929cce7\n  hash: md5\n  path: link/x\n");
    for (const args of [
      ["destroy", "-f"],
      ["move", "link/x", "mine"],
    ]) {
      const { code, stderr } = await run(...args);
      expect(code).toBe(1);
      expect(stderr).toContain("is not inside");
    }
    expect(outside.read("x")).toBe("theirs");
    expect(statSync(outside.path("x")).mode & 0o777).toBe(0o444);
    expect(repo.has(".dvc")).toBe(true);
  });

  it("needs a yes, and then leaves plain files", async () => {
    repo.write("dvc.yaml", PIPELINE);
    repo.write("dvc.lock", LOCK);
    repo.write(".dvc/config", "[cache]\n    type = symlink\n");
    await run("checkout", "--relink");
    const refused = await run("destroy");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("--force");
    expect(repo.has(".dvc/cache")).toBe(true);
    expect((await run("destroy", "-f")).code).toBe(0);
    for (const path of [".dvc", ".dvcignore", "dvc.yaml", "dvc.lock", "data.dvc", "f.txt.dvc"]) {
      expect(repo.has(path)).toBe(false);
    }
    expect([repo.read("data/x"), repo.read("f.txt")]).toEqual(["x", "f"]);
  });
});

describe("remove in a repository with a link out of it", () => {
  it("refuses to remove or rewrite what lies behind the link", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "waymark-elsewhere-"));
    writeFileSync(join(elsewhere, "mine"), "mine");
    symlinkSync(elsewhere, join(repo.root, "link"));
    repo.write("out.dvc", "outs:\n- md5: 8fa14cdd754f91cc6554c9e71929cce7\n  hash: md5\n  path: link/mine\n");
    for (const flags of [["--outs"], []]) {
      const { code, stderr } = await run("remove", ...flags, "out.dvc");
      expect(code).toBe(1);
      expect(stderr).toContain("'link/mine' is not inside");
    }
    expect(readFileSync(join(elsewhere, "mine"), "utf8")).toBe("mine");
    expect(repo.has("out.dvc")).toBe(true);
  });
});
