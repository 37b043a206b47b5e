import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { openProject } from "@waymark/experiments";
import { expect, onTestFinished, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { readFiles, runFamily } from "./family.ts";

test("the current folder may be any folder of the repository", async () => {
  const repo = gitRepo({ "a.txt": "a\n", "src/deep/b.txt": "b\n", "gone.txt": "g\n" });
  repo.write("a.txt", "changed\n");
  repo.write("src/deep/b.txt", "changed\n");
  repo.write("src/deep/new.txt", "new\n");
  repo.remove("gone.txt");
  const commit = await runFamily(repo, { cwd: "src/deep", save: ["-I", "new.txt"] });
  expect(Object.keys(repo.files(commit))).toEqual(
    expect.arrayContaining(["a.txt", "src/deep/b.txt", "src/deep/new.txt"]),
  );
  expect(repo.has("src/.dvc") || repo.has("src/deep/.dvc")).toBe(false);
});

test("the DVC project may be a folder of the repository", async () => {
  const repo = gitRepo({
    "tool.py": "1\n",
    "proj/.dvc/config": "",
    "proj/.dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    "proj/.gitignore": "/out.txt\n",
    "proj/dvc.yaml":
      "stages:\n  make:\n    cmd: make\n    deps:\n    - in.txt\n    outs:\n    - out.txt\nparams:\n- p.yaml\n",
    "proj/in.txt": "1\n",
    "proj/p.yaml": "lr: 1\n",
  });
  repo.write("tool.py", "2\n");
  repo.write("proj/in.txt", "2\n");
  repo.write("proj/out.txt", "made of 2\n");
  repo.write("proj/p.yaml", "lr: 2\n");
  const commit = await runFamily(repo, { cwd: "proj" });
  expect(Object.keys(repo.files(commit))).toEqual(expect.arrayContaining(["proj/dvc.lock", "tool.py"]));
  expect(repo.has(".dvc")).toBe(false);
  expect(repo.read("proj/out.txt")).toBe("made of 2\n");
});

test("a folder of Git's own is told from one without a repository", () => {
  const repo = gitRepo({ "a.txt": "a\n" });
  const bare = `${repo.root}.git`;
  onTestFinished(() => rmSync(bare, { recursive: true }));
  repo.git("clone", "-q", "--bare", ".", bare);
  expect(() => openProject(join(bare, "refs"))).toThrow("is in a bare Git repository, which has no work tree");
  expect(() => openProject(join(repo.root, ".git"))).toThrow("is in Git's own folder, which has no work tree");
  expect(() => openProject(dirname(repo.root))).toThrow("is not in a Git repository");
});

test("folders of DVC beside the project are none of its business", async () => {
  const repo = gitRepo({ "one/.dvc/config": "", "two/.dvc/config": "", "two/.gitignore": "/data.csv\n" });
  repo.write("two/data.csv", "1\n");
  repo.write("two/data.csv.dvc", "outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  hash: md5\n  path: data.csv\n");
  repo.commitAll("data of another project");
  repo.write("two/data.csv", "changed\n");
  const { code } = await runHere(repo.path("one"), ["exp", "save", "-n", "mine"]);
  expect([code, repo.read("two/data.csv.dvc")]).toEqual([0, repo.files("HEAD")["two/data.csv.dvc"] + "\n"]);
  expect(readFiles(repo.root)["two/data.csv"]).toBe("changed\n");
});
