import { existsSync } from "node:fs";
import { openProject, saveExperiment } from "@waymark/experiments";
import { describe, expect, test } from "vitest";
import { GIT_TEST_ENV, type GitRepo, gitRepo } from "../support/git-repo.ts";
import { experimentRef, randomNumbers } from "./support.ts";

function save(repo: GitRepo, options: Parameters<typeof saveExperiment>[1] = {}) {
  return saveExperiment(openProject(repo.root, GIT_TEST_ENV), { random: randomNumbers(), ...options });
}

describe("saving the workspace", () => {
  test("takes changes of tracked files and staged new ones, and names what it leaves out", () => {
    const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n" });
    repo.write("a.txt", "changed\n");
    repo.remove("b.txt");
    repo.write("staged.txt", "s\n");
    repo.git("add", "staged.txt");
    repo.write("untracked.txt", "u\n");
    const before = repo.fingerprint();
    const { name, commit, ref, leftOut } = save(repo, { name: "mine", message: "as it is" });
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

  test("takes what dvc.yaml lists, and what is asked for although it is ignored", () => {
    const repo = gitRepo({ ".gitignore": "*.log\n", "a.txt": "a\n" });
    repo.write("dvc.yaml", "metrics:\n- scores.json\nplots:\n- curves\nparams:\n- secrets.yaml\n");
    repo.write("scores.json", '{"acc": 1}\n');
    repo.write("curves/a.csv", "x\n1\n");
    repo.write("secrets.yaml", "token: 1\n");
    repo.write("train.log", "log\n");
    const { commit } = save(repo, { include: [repo.path("train.log")] });
    const files = Object.keys(repo.files(commit));
    expect(files).toEqual(expect.arrayContaining(["dvc.yaml", "scores.json", "curves/a.csv", "train.log"]));
    expect(files).not.toContain("secrets.yaml");
  });

  test("puts data that changed into the cache, so that it can be had again", () => {
    const repo = gitRepo({ "a.txt": "a\n" });
    repo.write(
      "data.csv.dvc",
      "outs:\n- md5: 00000000000000000000000000000000\n  size: 1\n  hash: md5\n  path: data.csv\n",
    );
    repo.write(".gitignore", "/data.csv\n");
    repo.commitAll("track data");
    repo.write("data.csv", "1\n");
    const { commit } = save(repo);
    const pointer = repo.files(commit)["data.csv.dvc"] ?? "";
    const md5 = /md5: ([0-9a-f]{32})/u.exec(pointer)?.[1] ?? "";
    expect(existsSync(repo.path(".dvc/cache/files/md5", md5.slice(0, 2), md5.slice(2)))).toBe(true);
    expect(repo.read(".gitignore")).toBe("/data.csv\n");
  });

  test("draws a name when none is given", () => {
    expect(save(gitRepo()).name).toMatch(/^[a-z]+-[a-z]+$/u);
  });
});

describe("a name", () => {
  test("that is taken is refused, and replaced when forced", () => {
    const repo = gitRepo();
    const first = save(repo, { name: "mine" });
    expect(() => save(repo, { name: "mine" })).toThrow(/Experiment 'mine' exists already for commit/u);
    repo.write("train.js", "// v2\n");
    const second = save(repo, { name: "mine", force: true });
    expect(second.commit).not.toBe(first.commit);
    expect(repo.git("rev-parse", second.ref)).toBe(second.commit);
  });

  test.each(["a/b", "a..b", ".hidden", "x.lock", "a b"])("'%s' is refused", (name) => {
    expect(() => save(gitRepo(), { name })).toThrow(`'${name}' cannot name an experiment`);
  });
});

test("without commits there is nothing to save on", () => {
  expect(() => save(gitRepo({}))).toThrow(/has no commits yet/u);
});

test("a path outside of the repository is refused", () => {
  expect(() => save(gitRepo(), { include: ["/etc/hostname"] })).toThrow(/is not a file or folder inside/u);
});
