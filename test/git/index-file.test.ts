import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseIndex } from "../../packages/git/src/index-file.ts";
import { type GitRepo, gitRepo } from "../support/git-repo.ts";

function parse(repo: GitRepo, objectFormat: "sha1" | "sha256" = "sha1") {
  return parseIndex({ objectFormat }, readFileSync(repo.path(".git/index")), { withPaths: true });
}

const FILES = {
  "a.txt": "a\n",
  "a/b.txt": "b\n",
  "a/b/c/deep.txt": "c\n",
  "é/日本語 🎯.txt": "d\n",
  [`long/${"x".repeat(200)}/${"y".repeat(250)}.txt`]: "e\n",
  [`long/${"x".repeat(200)}/${"z".repeat(250)}/${"z".repeat(250)}/${"w".repeat(3600 - 520)}`.slice(0, 700)]: "f\n",
};

describe.each(["2", "4"])("an index of version %s", (version) => {
  test("says what git ls-files and git write-tree say", () => {
    const repo = gitRepo({ ...FILES });
    repo.git("update-index", "--index-version", version);
    const paths = repo.git("ls-files", "-z").split("\0").filter(Boolean);
    repo.git("write-tree");
    expect(parse(repo)).toEqual({ paths, tree: repo.git("rev-parse", "HEAD^{tree}") });
  });

  test("has no tree once something was staged, and lists files that were only announced", () => {
    const repo = gitRepo({ ...FILES });
    repo.git("update-index", "--index-version", version);
    repo.write("new.txt", "n\n");
    repo.write("announced.txt", "n\n");
    repo.git("add", "new.txt");
    repo.git("add", "--intent-to-add", "announced.txt");
    const paths = repo.git("ls-files", "-z").split("\0").filter(Boolean);
    expect(parse(repo)).toEqual({ paths, tree: undefined });
  });

  test("lists a file in conflict once", () => {
    const repo = gitRepo({ "a.txt": "a\n", "b.txt": "b\n" });
    repo.git("switch", "--quiet", "--create", "side");
    repo.write("a.txt", "side\n");
    repo.commitAll("side");
    repo.git("switch", "--quiet", "main");
    repo.write("a.txt", "main\n");
    repo.commitAll("main");
    expect(() => repo.git("merge", "side")).toThrow("Command failed");
    repo.git("update-index", "--index-version", version);
    expect(repo.git("ls-files", "--stage").split("\n")).toHaveLength(4);
    expect(parse(repo)).toEqual({ paths: ["a.txt", "b.txt"], tree: undefined });
  });
});

test("ids may be of SHA-256", () => {
  const repo = gitRepo({});
  repo.remove(".git");
  repo.git("init", "--quiet", "--object-format", "sha256");
  repo.write("a/b.txt", "b\n");
  repo.commitAll("start");
  repo.git("write-tree");
  expect(parse(repo, "sha256")).toEqual({ paths: ["a/b.txt"], tree: repo.git("rev-parse", "HEAD^{tree}") });
});

test("an index in two files, one that leaves folders out, and bytes that are none are left to Git", () => {
  const split = gitRepo({ ...FILES });
  split.git("update-index", "--split-index");
  expect(parse(split)).toBeUndefined();
  const sparse = gitRepo({ ...FILES });
  sparse.git("sparse-checkout", "set", "--cone", "--sparse-index", "long");
  expect(parse(sparse)).toBeUndefined();
  for (const bytes of ["", "DIRC", "DIRC\0\0\0\x09\0\0\0\0", "DIRC\0\0\0\x02\0\0\0\x05short"]) {
    expect(parseIndex({ objectFormat: "sha1" }, Buffer.from(bytes))).toBeUndefined();
  }
});
