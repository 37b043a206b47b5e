import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type GitRepo, GIT_TEST_ENV, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { readFiles } from "./family.ts";
import { experimentRef } from "./support.ts";

/** An entry of a tree as somebody writes it who is not Git: mode, name, id. */
type Entry = readonly [mode: string, name: string, id: string];

/** Writes an object without any of Git's own checks. */
function write(repo: GitRepo, type: "blob" | "tree", data: Uint8Array): string {
  const args = ["hash-object", "-t", type, "-w", "--stdin", ...(type === "tree" ? ["--literally"] : [])];
  return execFileSync("git", args, { cwd: repo.root, env: GIT_TEST_ENV, input: data, encoding: "utf8" }).trim();
}

function tree(repo: GitRepo, entries: readonly Entry[]): string {
  const parts = entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
  return write(repo, "tree", Buffer.concat(parts));
}

/** Makes an experiment of a tree, and lists what applying it does to the repository and to a folder outside. */
async function applyTree(make: (repo: GitRepo, outside: string) => readonly Entry[]): Promise<readonly unknown[]> {
  const repo = gitRepo({ "f.txt": "f\n" });
  const outside = mkdtempSync(join(tmpdir(), "waymark-outside-"));
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
  rmSync(repo.path(".git/hooks"), { recursive: true, force: true });
  mkdirSync(repo.path(".git/hooks"));
  const before = readFiles(repo.root);
  const commit = repo.git("commit-tree", tree(repo, make(repo, outside)), "-p", "HEAD", "-m", "hostile");
  repo.git("update-ref", experimentRef(repo.head(), "evil"), commit);
  const { code, stderr } = await runHere(repo.root, ["exp", "apply", "evil", "--force"]);
  expect(readFiles(repo.root)).toEqual(before);
  expect(repo.git("for-each-ref", "refs/waymark")).toBe("");
  expect([...readdirSync(outside), ...readdirSync(repo.path(".git/hooks"))]).toEqual([]);
  return [code, stderr.split("\n")[0]];
}

describe("an experiment whose tree Git would not make changes nothing", () => {
  test.each([
    ["a folder of attributes", ".gitattributes", ".gitattributes"],
    ["any other", "link", "link"],
  ])("where a link is a folder, too: %s", async (_, name) => {
    const answer = await applyTree((repo, outside) => {
      const file = write(repo, "blob", Buffer.from("pwned\n"));
      return [
        ["120000", name, write(repo, "blob", Buffer.from(outside))],
        ["40000", name, tree(repo, [["100644", "passwd", file]])],
      ];
    });
    expect(answer).toEqual([255, `error: '${name}' is a file and a folder at once`]);
  });

  test.each([".git", ".GIT", "..", "git~1"])("where a folder is called %s", async (name) => {
    const [code, error] = await applyTree((repo) => {
      const hook = write(repo, "blob", Buffer.from("#!/bin/sh\ntouch pwned\n"));
      const hooks = tree(repo, [["100755", "post-checkout", hook]]);
      return [["40000", name, tree(repo, [["40000", "hooks", hooks]])]];
    });
    expect([code, error]).toEqual([255, expect.stringContaining(`'${name}/hooks/post-checkout' is not inside`)]);
  });
});

describe("an experiment whose data is to lie elsewhere", () => {
  test.each(["../outside.txt", "/tmp/waymark-absolute.txt", ".git/hooks/post-checkout", "sub/../../up.txt"])(
    "writes nothing at %s",
    async (path) => {
      const repo = gitRepo({ ".dvc/config": "", "f.txt": "f\n" });
      repo.write("data.txt", "#!/bin/sh\ntouch pwned\n");
      expect((await runHere(repo.root, ["add", "data.txt"])).code).toBe(0);
      const text = repo.read("data.txt.dvc").replace("path: data.txt", `path: ${path}\n  isexec: true`);
      repo.remove("data.txt");
      repo.remove("data.txt.dvc");
      const blob = write(repo, "blob", Buffer.from(text));
      repo.git("update-index", "--add", "--cacheinfo", `100644,${blob},evil.dvc`);
      const commit = repo.git("commit-tree", repo.git("write-tree"), "-p", "HEAD", "-m", "hostile");
      repo.git("update-ref", experimentRef(repo.head(), "evil"), commit);
      repo.git("reset", "--quiet");
      await runHere(repo.root, ["exp", "apply", "evil", "--force"]);
      await runHere(repo.root, ["checkout", "--force"]);
      await runHere(repo.root, ["pull", "--force"]);
      const target = path.startsWith("/") ? path : repo.path(path);
      expect([existsSync(target), existsSync(repo.path("pwned"))]).toEqual([false, false]);
    },
  );
});
