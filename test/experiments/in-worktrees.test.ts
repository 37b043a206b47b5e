import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { GitRepo, gitRepo } from "../support/git-repo.ts";
import { runHere } from "../support/in-process.ts";
import { runFamily } from "./family.ts";
import { saveHere } from "./support.ts";

const POINTER = "outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: data.csv\n";

/** A repository with data, and a linked work tree of it. */
async function withWorktree(): Promise<{ main: GitRepo; linked: GitRepo }> {
  const main = gitRepo({ "a.txt": "a\n", ".gitignore": "/data.csv\n" });
  main.write("data.csv", "1\n");
  main.write("data.csv.dvc", POINTER);
  await saveHere(main, { name: "first" });
  main.git("add", "--force", ".dvc/config", ".dvc/.gitignore", ".dvcignore");
  main.commitAll("data");
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "waymark-linked-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const linked = new GitRepo(join(folder, "tree"));
  main.git("worktree", "add", "--quiet", "--detach", linked.root);
  return { main, linked };
}

test("a linked work tree is a repository like any other", async () => {
  const { main, linked } = await withWorktree();
  const before = main.staged();
  linked.write("a.txt", "linked\n");
  linked.write("data.csv", "linked data\n");
  await runHere(linked.root, ["checkout"]);
  main.git("update-ref", "-d", `refs/exps/${main.git("rev-parse", "HEAD~").replace(/^../u, "$&/")}/first`);
  await runFamily(linked);
  expect(main.staged()).toBe(before);
  expect([main.read("a.txt"), main.read("data.csv")]).toEqual(["a\n", "1\n"]);
});

test("it shares the cache of the main one, for DVC as well", async () => {
  const { main, linked } = await withWorktree();
  const applied = await runHere(linked.root, ["exp", "apply", "first"]);
  expect(applied.stderr).toMatch(/^Applied first/u);
  expect(linked.read("data.csv")).toBe("1\n");
  expect(linked.has(".dvc/cache")).toBe(false);
  expect(linked.read(".dvc/config.local")).toBe(`[cache]\n    dir = ${main.path(".dvc/cache")}\n`);
  expect(linked.git("status", "--short", "--", ".dvc")).toBe("");
});

test("it keeps a cache of its own", async () => {
  const { linked } = await withWorktree();
  linked.write(".dvc/cache/files/md5/aa/bb", "x");
  const { code, stderr } = await runHere(linked.root, ["exp", "apply", "first"]);
  expect([code, stderr]).toEqual([255, expect.stringContaining("needs content that is not in the cache:\n  data.csv")]);
  expect(linked.has(".dvc/config.local")).toBe(false);
});
