import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { gitRepo } from "../support/git-repo.ts";
import { experimentRef, saveHere as save } from "./support.ts";

describe("saving the workspace", () => {
  test("takes changes of tracked files and staged new ones, and names what it leaves out", async () => {
    const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n" });
    repo.write("a.txt", "changed\n");
    repo.remove("b.txt");
    repo.write("staged.txt", "s\n");
    repo.git("add", "staged.txt");
    repo.write("untracked.txt", "u\n");
    const before = repo.fingerprint();
    const { name, commit, ref, leftOut } = await save(repo, { name: "mine", message: "as it is" });
    expect([name, ref]).toEqual(["mine", experimentRef(repo.head(), "mine")]);
    expect(repo.git("rev-parse", ref)).toBe(commit);
    expect(repo.git("log", "-1", "--format=%B", commit)).toBe("as it is");
    expect(repo.git("rev-parse", `${commit}^`)).toBe(repo.head());
    expect(Object.keys(repo.files(commit))).toEqual([
      ".dvc/.gitignore",
      ".dvc/config",
      ".dvcignore",
      "a.txt",
      "staged.txt",
    ]);
    expect(leftOut).toEqual(["untracked.txt"]);
    expect(repo.fingerprint()).toBe(before);
  });

  test("takes what dvc.yaml lists, and what is asked for although it is ignored", async () => {
    const repo = gitRepo({ ".gitignore": "*.log\n", "a.txt": "a\n" });
    repo.write("dvc.yaml", "metrics:\n- scores.json\nplots:\n- curves\nparams:\n- extra.yaml\n");
    repo.write("scores.json", '{"acc": 1}\n');
    repo.write("curves/a.csv", "x\n1\n");
    repo.write("extra.yaml", "lr: 1\n");
    repo.write("train.log", "log\n");
    const { commit } = await save(repo, { include: [repo.path("train.log")] });
    const files = Object.keys(repo.files(commit));
    const listed = ["dvc.yaml", "extra.yaml", "scores.json", "curves/a.csv", "train.log"];
    expect(files).toEqual(expect.arrayContaining(listed));
  });

  test("puts data that changed into the cache, so that it can be had again", async () => {
    const repo = gitRepo({ "a.txt": "a\n" });
    repo.write(
      "data.csv.dvc",
      "outs:\n- md5: 0cc175b9c0f1b6a831c399e269772661\n  size: 1\n  hash: md5\n  path: data.csv\n",
    );
    repo.write(".gitignore", "/data.csv\n");
    repo.commitAll("track data");
    repo.write("data.csv", "1\n");
    const { commit } = await save(repo);
    const pointer = repo.files(commit)["data.csv.dvc"] ?? "";
    const md5 = /md5: ([0-9a-f]{32})/u.exec(pointer)?.[1] ?? "";
    expect(existsSync(repo.path(".dvc/cache/files/md5", md5.slice(0, 2), md5.slice(2)))).toBe(true);
    expect(repo.read(".gitignore")).toBe("/data.csv\n");
  });

  test("draws a name when none is given", async () => {
    expect((await save(gitRepo())).name).toMatch(/^[a-z]+-[a-z]+$/u);
  });
});

describe("a name", () => {
  test("that is taken is refused, and replaced when forced", async () => {
    const repo = gitRepo();
    const first = await save(repo, { name: "mine" });
    await expect(save(repo, { name: "mine" })).rejects.toThrow(/Experiment 'mine' exists already for commit/u);
    repo.write("train.js", "// v2\n");
    const second = await save(repo, { name: "mine", force: true });
    expect(second.commit).not.toBe(first.commit);
    expect(repo.git("rev-parse", second.ref)).toBe(second.commit);
  });

  test.each(["a/b", "a..b", ".hidden", "x.lock", "a b"])("'%s' is refused", async (name) => {
    await expect(save(gitRepo(), { name })).rejects.toThrow(`'${name}' cannot name an experiment`);
  });
});

test("without commits there is nothing to save on", async () => {
  await expect(save(gitRepo({}))).rejects.toThrow(/has no commits yet/u);
});

test("a path outside of the repository is refused", async () => {
  await expect(save(gitRepo(), { include: ["/etc/hostname"] })).rejects.toThrow(/is not a file or folder inside/u);
});
