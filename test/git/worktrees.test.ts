import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  addWorktree,
  checkOutCommit,
  fileSettingsDigest,
  fillSubmodules,
  type GitRepository,
  listLinkedWorktrees,
  listUntrackedPaths,
  openLinkedWorktree,
  openRepository,
  removeLinkedWorktree,
} from "@waymark/git";
import { expect, test } from "vitest";
import { GIT_TEST_ENV, gitRepo, GitRepo } from "../support/git-repo.ts";

const FILES = {
  "a.txt": "a\n",
  "folder/b.txt": "b\n",
  "gr\u00f6\u00dfe \u2713.txt": "odd\n",
  ".gitignore": "/ignored\n",
};

function open(repo: GitRepo): GitRepository {
  const opened = openRepository(repo.root, { env: GIT_TEST_ENV });
  if (opened === undefined) throw new Error("no repository");
  return opened;
}

async function makeTree(repo: GitRepo, commit = repo.head()): Promise<{ tree: GitRepository; files: GitRepo }> {
  const path = repo.path(".git/pool/1");
  const tree = await addWorktree(open(repo), path, commit, { reason: "test" });
  await checkOutCommit(tree, commit, { from: undefined });
  return { tree, files: new GitRepo(path) };
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

test("a work tree is made beside the user's, which stays as it is, and no hook runs", async () => {
  const repo = gitRepo(FILES);
  for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) {
    repo.write(`.git/hooks/${hook}`, '#!/bin/sh\ntouch "$PWD/hook-ran"\n');
    chmodSync(repo.path(".git/hooks", hook), 0o755);
  }
  repo.write("a.txt", "edited\n");
  repo.git("-c", "core.hooksPath=/dev/null", "add", "a.txt");
  const before = repo.fingerprint();
  const { tree, files } = await makeTree(repo);
  expect([repo.has("hook-ran"), files.has("hook-ran")]).toEqual([false, false]);
  expect(repo.fingerprint()).toBe(before);
  expect(files.git("-c", "core.hooksPath=/dev/null", "status", "--short")).toBe("");
  expect(files.read("gr\u00f6\u00dfe \u2713.txt")).toBe("odd\n");
  expect(tree.head).toEqual({ commit: repo.head(), branch: undefined });
});

test("Git never prunes it, and keeps its commit, while the folder is away", async () => {
  const repo = gitRepo(FILES);
  const { files } = await makeTree(repo);
  const commit = repo.git("commit-tree", "-p", "HEAD", "-m", "only here", "HEAD^{tree}");
  files.git("checkout", "--quiet", "--detach", commit);
  renameSync(files.root, `${files.root}-away`);
  repo.git("worktree", "prune", "--expire=now");
  repo.git("gc", "--quiet", "--prune=now");
  renameSync(`${files.root}-away`, files.root);
  expect(files.head()).toBe(commit);
});

test("what a run did to tracked files is undone, and only what differs is written", async () => {
  const repo = gitRepo(FILES);
  const { tree, files } = await makeTree(repo);
  const inode = statSync(files.path("folder/b.txt")).ino;
  repo.write("a.txt", "second\n");
  const second = repo.commitAll("second");
  files.remove("gr\u00f6\u00dfe \u2713.txt");
  files.write("a.txt", "a run wrote this\n");
  chmodSync(files.path("a.txt"), 0o444);
  files.git("checkout", "--quiet", "-b", "made-by-a-run");
  files.git("commit", "--quiet", "--all", "--message", "by a run");
  writeFileSync(join(tree.gitDir, "index.lock"), "");
  await checkOutCommit(tree, second, { from: repo.git("rev-parse", "HEAD~") });
  expect(files.read("a.txt")).toBe("second\n");
  expect(files.git("status", "--short")).toBe("");
  expect(tree.head).toEqual({ commit: second, branch: undefined });
  expect(statSync(files.path("folder/b.txt")).ino).toBe(inode);
  expect(repo.git("log", "-1", "--format=%s", "made-by-a-run")).toBe("by a run");
});

test("a link that a run put in place of a folder is replaced, and nothing is written through it", async () => {
  const repo = gitRepo(FILES);
  const { tree, files } = await makeTree(repo);
  mkdirSync(repo.path("outside"));
  files.remove("folder");
  symlinkSync(repo.path("outside"), files.path("folder"));
  await checkOutCommit(tree, repo.head(), { from: repo.head() });
  expect(lstatSync(files.path("folder")).isSymbolicLink()).toBe(false);
  expect(files.read("folder/b.txt")).toBe("b\n");
  expect(existsSync(repo.path("outside/b.txt"))).toBe(false);
});

test("files whose attributes changed are written again although their content is the same", async () => {
  const repo = gitRepo({ "a.txt": "a\nb\n" });
  const first = repo.head();
  const { tree, files } = await makeTree(repo);
  repo.write(".gitattributes", "*.txt text eol=crlf\n");
  const second = repo.commitAll("attributes");
  await checkOutCommit(tree, second, { from: first });
  expect(files.read("a.txt")).toBe("a\r\nb\r\n");
});

test("filters run as they do for the user, and a change of them shows in the digest", async () => {
  const repo = gitRepo({ ".gitattributes": "*.up filter=up\n", "a.up": "text\n" });
  const before = fileSettingsDigest(open(repo));
  repo.git("config", "filter.up.smudge", "tr a-z A-Z");
  repo.git("config", "filter.up.clean", "tr A-Z a-z");
  expect(fileSettingsDigest(open(repo))).not.toBe(before);
  const { files } = await makeTree(repo);
  expect(files.read("a.up")).toBe("TEXT\n");
  expect(files.git("status", "--short")).toBe("");
});

test("a sparse checkout is sparse there as well", async () => {
  const repo = gitRepo({ "a.txt": "a\n", "in/b.txt": "b\n", "out/c.txt": "c\n" });
  const before = fileSettingsDigest(open(repo));
  repo.git("sparse-checkout", "set", "in");
  expect(fileSettingsDigest(open(repo))).not.toBe(before);
  const { files } = await makeTree(repo);
  expect([files.has("a.txt"), files.has("in/b.txt"), files.has("out/c.txt")]).toEqual([true, true, false]);
  expect(files.git("status", "--short")).toBe("");
});

test("everything that is not tracked is listed, ignored or not, whatever its name", async () => {
  const repo = gitRepo(FILES);
  const { tree, files } = await makeTree(repo);
  files.write("ignored/x", "");
  files.write("folder/new \u00e9", "");
  files.write("new folder/deep/x", "");
  writeFileSync(Buffer.concat([Buffer.from(`${files.root}/`), Buffer.from([0xff, 0x61])]), "");
  mkdirSync(files.path("empty"));
  const paths = await listUntrackedPaths(tree);
  expect(paths.map(({ path, bytes }) => path ?? bytes.toString("hex")).toSorted()).toEqual(
    ["ignored", "folder/new \u00e9", "new folder", "empty", "ff61"].toSorted(),
  );
});

test("submodules get the files of the commits they are at, as far as the user's work tree has them", async () => {
  const inner = gitRepo({ "inner.txt": "inner\n" });
  const library = gitRepo({ "lib.txt": "one\n" });
  library.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "inner");
  library.commitAll("inner");
  const repo = gitRepo({ "a.txt": "a\n" });
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "libs/lib");
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive");
  repo.commitAll("library");
  const state = (): string =>
    ["status --short", "ls-files --stage --debug", "rev-parse HEAD"]
      .map((line) => new GitRepo(repo.path("libs/lib")).git(...line.split(" ")))
      .join("\n");
  const before = state();
  const { tree, files } = await makeTree(repo);
  const clean = async (place: { readonly root: string }): Promise<void> => remove(join(place.root, "left"));
  const options = { source: repo.root, indexFolder: join(tree.gitDir, "waymark"), clean };
  expect(await fillSubmodules(tree, options)).toEqual([]);
  expect([files.read("libs/lib/lib.txt"), files.read("libs/lib/inner/inner.txt")]).toEqual(["one\n", "inner\n"]);
  expect(files.git("status", "--short")).toBe("");
  files.write("libs/lib/lib.txt", "a run wrote this\n");
  files.write("libs/lib/left", "");
  await fillSubmodules(tree, options);
  expect([files.read("libs/lib/lib.txt"), files.has("libs/lib/left")]).toEqual(["one\n", false]);
  expect(state()).toBe(before);
});

test("a submodule at a commit that nobody has is told of", async () => {
  const library = gitRepo({ "lib.txt": "one\n" });
  const repo = gitRepo({ "a.txt": "a\n" });
  repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.root, "lib");
  repo.commitAll("library");
  const unknown = "1234567890123456789012345678901234567890";
  repo.git("update-index", "--cacheinfo", `160000,${unknown},lib`);
  repo.git("commit", "--quiet", "--message", "a commit that is nowhere");
  const { tree } = await makeTree(repo);
  const options = { source: repo.root, indexFolder: join(tree.gitDir, "waymark"), clean: async () => {} };
  expect(await fillSubmodules(tree, options)).toEqual([{ path: "lib", commit: unknown }]);
});

test("a work tree that was moved, copied or damaged is not opened, and can be removed", async () => {
  const repo = gitRepo(FILES);
  const { files } = await makeTree(repo);
  const opened = open(repo);
  expect(openLinkedWorktree(opened, files.root)?.root).toBe(files.root);
  const moved = `${files.root}-moved`;
  renameSync(files.root, moved);
  expect(openLinkedWorktree(opened, moved)).toBeUndefined();
  renameSync(moved, files.root);
  rmSync(files.path(".git"));
  expect(openLinkedWorktree(opened, files.root)).toBeUndefined();
  removeLinkedWorktree(opened, files.root, remove);
  expect(listLinkedWorktrees(opened)).toEqual([]);
  expect([existsSync(files.root), existsSync(repo.path(".git/worktrees"))]).toEqual([false, false]);
});

test("removing one leaves others alone whose folders are away", async () => {
  const repo = gitRepo(FILES);
  const mine = repo.path(".git/mine");
  repo.git("worktree", "add", "--quiet", "--detach", mine);
  renameSync(mine, `${mine}-away`);
  removeLinkedWorktree(open(repo), repo.path(".git/pool/1"), remove);
  renameSync(`${mine}-away`, mine);
  expect(new GitRepo(mine).git("status", "--short")).toBe("");
});

test("a link in the place of one is not taken for the one it leads to", async () => {
  const repo = gitRepo(FILES);
  const { files } = await makeTree(repo);
  const link = repo.path(".git/pool/2");
  symlinkSync(files.root, link);
  expect(openLinkedWorktree(open(repo), link)).toBeUndefined();
  removeLinkedWorktree(open(repo), link, remove);
  expect(files.git("status", "--short")).toBe("");
});
