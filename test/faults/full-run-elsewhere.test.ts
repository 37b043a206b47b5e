import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { runElsewhere, snapshotWorkspace } from "@waymark/experiments";
import { expect, onTestFinished, test } from "vitest";
import { commandSpec, projectOf } from "../experiments/places/support.ts";
import { gitRepo, type GitRepo } from "../support/git-repo.ts";

/** Only root may mount. */
const canMount = process.getuid?.() === 0 && existsSync("/bin/mount");
const FILE = "x".repeat(64 * 1024);

/** Gives the state of a project a disk of its own. */
function mountState(repo: GitRepo, sizeKilobytes: number): (sizeKilobytes: number) => void {
  const folder = repo.path(".dvc/tmp");
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKilobytes}k`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", [folder]));
  return (size) => void execFileSync("mount", ["-o", `remount,size=${size}k`, folder]);
}

function bigRepo(): GitRepo {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`file-${index}.txt`, FILE + index]));
  return gitRepo({ ...files, ".dvc/config": "", ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n" });
}

test.runIf(canMount)("a disk that fills up while a work tree is made leaves none", async () => {
  const repo = bigRepo();
  const remount = mountState(repo, 400);
  const project = projectOf(repo);
  const before = repo.fingerprint();
  const start = await snapshotWorkspace(project);
  const run = async (name: string): Promise<unknown> =>
    runElsewhere(project, commandSpec(project, "cat file-9.txt > params.yaml", { name }), start, { kind: "temp" });
  await expect(run("full")).rejects.toThrow("unable to write file");
  const left = readdirSync(repo.path(".dvc/tmp/waymark/worktrees"), { recursive: true }).map(String);
  expect(left.filter((path) => !path.endsWith(".lock"))).toEqual([]);
  expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
  expect(repo.fingerprint()).toBe(before);
  remount(4000);
  expect(await run("room")).toMatchObject({ state: "finished" });
});

test.runIf(canMount)("one that fills up while a work tree is used again leaves what the next run can use", async () => {
  const repo = bigRepo();
  const remount = mountState(repo, 1500);
  const project = projectOf(repo);
  const small = await snapshotWorkspace(project);
  const big = await snapshotWorkspace(project, { files: new Map([["big.bin", Buffer.alloc(2_000_000, 1)]]) });
  const run = async (name: string, commit: string): Promise<unknown> =>
    runElsewhere(
      project,
      commandSpec(project, "git status --short | grep -v dvcignore > params.yaml; true", { name }),
      { commit },
      {
        kind: "temp",
      },
    );
  expect(await run("one", small.commit)).toMatchObject({ state: "finished" });
  await expect(run("two", big.commit)).rejects.toThrow("unable to write file");
  expect(await run("three", small.commit)).toMatchObject({ state: "finished" });
  remount(8000);
  expect(await run("four", big.commit)).toMatchObject({ state: "finished" });
  rmSync(repo.path(".dvc/tmp/waymark/worktrees"), { recursive: true });
});
