import { chmodSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { runElsewhere, snapshotWorkspace } from "@waymark/experiments";
import { openDvcProject } from "@waymark/pipeline";
import { expect, test } from "vitest";
import { gitRepo, type GitRepo } from "../../support/git-repo.ts";
import { runHere } from "../../support/in-process.ts";
import { commandSpec, projectOf } from "./support.ts";

/** Enough for the state to be kept. */
const FILES = 250;

async function dataRepo(type: "copy" | "hardlink" | "symlink"): Promise<GitRepo> {
  const repo = gitRepo();
  await runHere(repo.root, ["init", "--quiet"]);
  repo.git("config", "--file", ".dvc/config", "cache.type", type);
  for (let file = 0; file < FILES; file += 1) repo.write(`data/${file}.txt`, `content of ${file}\n`);
  await runHere(repo.root, ["add", "--quiet", "data"]);
  repo.commitAll("data");
  return repo;
}

/** Hashes the data of a work tree; says how much of it had to be read. */
async function hashData(repo: GitRepo, root: string): Promise<string> {
  const project = openDvcProject(root, projectOf(repo).repo.env);
  let bytes = 0;
  const onProgress = (progress: { readonly totalBytes: number }): void => void (bytes = progress.totalBytes);
  const { md5 } = await project.store.hash(`${root}/data`, { onProgress });
  await project.store.close();
  return `${md5} after reading ${bytes} bytes`;
}

const UNREAD = / after reading 0 bytes$/u;

test.each(["hardlink", "symlink"] as const)(
  "data of the workspace is not read again after runs elsewhere have linked it (%s)",
  async (type) => {
    const repo = await dataRepo(type);
    const project = projectOf(repo);
    await hashData(repo, repo.root);
    const start = await snapshotWorkspace(project);
    await runElsewhere(project, commandSpec(project, "true", { name: "one" }), start, { kind: "temp" });
    expect(await hashData(repo, repo.root)).toMatch(UNREAD);
  },
);

test("a second run finds its data in place, and reads none of it", async () => {
  const repo = await dataRepo("copy");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true", { name: "one" }), start, { kind: "temp" });
  const tree = repo.path(".dvc/tmp/waymark/worktrees/1");
  const inode = statSync(`${tree}/data/7.txt`).ino;
  expect(await hashData(repo, tree)).toMatch(UNREAD);
  let bytes = 0;
  const onProgress = (progress: { readonly bytes: number }): void => void (bytes += progress.bytes);
  await runElsewhere(project, commandSpec(project, "true", { name: "two" }), start, { kind: "temp" }, { onProgress });
  expect([statSync(`${tree}/data/7.txt`).ino, bytes]).toEqual([inode, 0]);
});

test("a file that only looks like its object is read", async () => {
  const repo = await dataRepo("hardlink");
  const project = projectOf(repo);
  const start = await snapshotWorkspace(project);
  await runElsewhere(project, commandSpec(project, "true"), start, { kind: "temp" });
  const before = await hashData(repo, repo.root);
  const path = repo.path("data/7.txt");
  const { mtime, size } = statSync(path);
  writeFileSync(`${path}.new`, "x".repeat(size));
  chmodSync(`${path}.new`, 0o444);
  utimesSync(`${path}.new`, mtime, mtime);
  renameSync(`${path}.new`, path);
  expect(await hashData(repo, repo.root)).not.toBe(before);
});
