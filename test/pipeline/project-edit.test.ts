import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeGitAdd, expandTargets, NoMatchError, ProjectEdit } from "@waymark/pipeline";
import { dataRepo, openData } from "./data-project.ts";

describe("ProjectEdit", () => {
  it("writes nothing before it is applied, and only what changed then", () => {
    const repo = dataRepo({ "a.dvc": "outs: []\n", "b.dvc": "outs: []\n" });
    const edit = new ProjectEdit(openData(repo));
    edit.write("a.dvc", "outs: []\n");
    edit.write("b.dvc", undefined);
    edit.write("sub/c.dvc", "outs:\n- path: c\n");
    edit.ignore("sub/c");
    edit.ignore("sub/d");
    expect(edit.read("sub/c.dvc")).toBe("outs:\n- path: c\n");
    const before = statSync(repo.path("a.dvc"));
    expect([repo.has("b.dvc"), repo.has("sub")]).toEqual([true, false]);
    edit.apply();
    expect([repo.has("b.dvc"), repo.read("sub/c.dvc"), repo.read("sub/.gitignore")]).toEqual([
      false,
      "outs:\n- path: c\n",
      "/c\n/d\n",
    ]);
    expect(statSync(repo.path("a.dvc")).mtimeMs).toBe(before.mtimeMs);
    const done = edit.finish();
    expect(done).toEqual({ files: ["b.dvc", "sub/c.dvc", "sub/.gitignore"], isStaged: false });
    expect(describeGitAdd(openData(repo, "sub"), done)).toBe("git add ../b.dvc .gitignore c.dvc");
  });

  it("puts back what it wrote when a later file cannot be written", () => {
    const repo = dataRepo({ "a.dvc": "outs: []\n" });
    mkdirSync(repo.path("in-the-way"));
    const edit = new ProjectEdit(openData(repo));
    edit.write("a.dvc", "outs:\n- path: a\n");
    edit.write("new.dvc", "outs:\n- path: new\n");
    // A file below a file: nobody can write it, whoever they are.
    edit.write("a.dvc/below", "text");
    expect(() => edit.apply()).toThrow(/ENOTDIR|EEXIST|ENOENT/);
    expect([repo.read("a.dvc"), repo.has("new.dvc")]).toEqual(["outs: []\n", false]);
    expect(repo.git("status", "--porcelain")).toBe("");
  });

  it("adds no entry for what Git ignores already, and takes an emptied file away", () => {
    const repo = dataRepo({ ".gitignore": "*.bin\n", "sub/.gitignore": "/old\n" });
    const edit = new ProjectEdit(openData(repo));
    edit.ignore("model.bin");
    edit.ignore("data");
    edit.unignore("sub/old");
    edit.apply();
    expect([repo.read(".gitignore"), repo.has("sub/.gitignore")]).toEqual(["*.bin\n/data\n", false]);
  });
});

describe("expandTargets", () => {
  const repoWith = (...paths: readonly string[]) => dataRepo(Object.fromEntries(paths.map((path) => [path, ""])));

  it("matches as Python's glob does", () => {
    const { root } = repoWith("a1", "a2", "b/a3", "b/.hidden/a4", "b/c/a5", ".dot/a6");
    expect(expandTargets(root, ["a?"])).toEqual(["a1", "a2"]);
    expect(expandTargets(root, ["*/a*"])).toEqual(["b/a3"]);
    expect(expandTargets(root, ["**/a[3-5]"])).toEqual(["b/a3", "b/c/a5"]);
    expect(expandTargets(root, [".dot/*"])).toEqual([".dot/a6"]);
    expect(expandTargets(root, ["b/**"])).toEqual(["b", "b/a3", "b/c", "b/c/a5"]);
    expect(expandTargets(root, ["a1", "a1", "nowhere"])).toEqual(["a1"]);
    expect(expandTargets(`${root}/b`, ["../a*"])).toEqual(["../a1", "../a2"]);
    expect(expandTargets("/nonexistent", [`${root}/a*`])).toEqual([`${root}/a1`, `${root}/a2`]);
  });

  it("does not go round in circles", () => {
    const repo = repoWith("b/x");
    symlinkSync("..", repo.path("b/up"));
    expect(expandTargets(repo.root, ["**/x"])).toEqual(["b/x"]);
  });

  it("says when nothing matches", () => {
    const { root } = repoWith("a");
    expect(() => expandTargets(root, ["x*", "y"])).toThrow(NoMatchError);
  });
});
