import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRepository } from "@waymark/git";
import { describe, expect, it, onTestFinished } from "vitest";
import { RefWatch } from "../../viewer/src/server/experiment/ref-watch.ts";
import { projectFolder } from "../support/live-folder.ts";
import { ExperimentRepo, GIT_ENV } from "../support/experiment-repo.ts";

/** Longer than the time in which two moves of one ref count as one. */
const QUIET_MS = 150;

async function watching(root: string): Promise<{ count: () => number; next: () => Promise<void> }> {
  let count = 0;
  let waiting: (() => void)[] = [];
  const opened = openRepository(root, { env: GIT_ENV });
  if (opened === undefined) throw new Error("No repository");
  const watch = new RefWatch(opened, () => {
    count++;
    for (const resolve of waiting) resolve();
    waiting = [];
  });
  onTestFinished(() => watch.close());
  const next = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  await next();
  return { count: () => count, next };
}

describe("RefWatch", () => {
  it("tells when an experiment appears, moves, is packed and goes, and when HEAD moves", async () => {
    const repo = new ExperimentRepo();
    const { count, next } = await watching(repo.root);
    const ref = repo.ref("calm-cod");
    const other = repo.git("commit-tree", "-m", "other", "-p", repo.baseline, `${repo.baseline}^{tree}`);
    const changes = [
      () => repo.git("update-ref", ref, repo.baseline),
      () => repo.git("update-ref", ref, other),
      () => repo.git("pack-refs", "--all"),
      () => repo.git("update-ref", "-d", ref),
      () => repo.git("checkout", "-q", "-b", "side"),
      () => repo.git("update-ref", "refs/heads/side", other),
    ];
    for (const change of changes) {
      const event = next();
      change();
      await event;
      for (let before = -1; before !== count();) {
        before = count();
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      }
    }
    expect(changes).toHaveLength(6);
  });

  it("keeps quiet about other refs and about what else Git writes", async () => {
    const repo = new ExperimentRepo();
    const { count, next } = await watching(repo.root);
    const before = count();
    const git = join(repo.root, ".git");
    writeFileSync(join(git, "index.lock"), "");
    mkdirSync(join(git, "refs", "remotes", "origin"), { recursive: true });
    writeFileSync(join(git, "refs", "remotes", "origin", "main"), `${repo.baseline}\n`);
    const event = next();
    writeFileSync(join(git, "HEAD"), "ref: refs/heads/other\n");
    await event;
    expect(count()).toBe(before + 1);
  });

  it("tells when the HEAD of a work tree of its own moves", async () => {
    const repo = new ExperimentRepo();
    const tree = join(projectFolder(), "tree");
    repo.git("worktree", "add", "-q", "-b", "side", tree);
    const { next } = await watching(tree);
    let event = next();
    repo.git("-C", tree, "checkout", "-q", "--detach");
    await event;
    event = next();
    repo.git("update-ref", repo.ref("calm-cod"), repo.baseline);
    await expect(event).resolves.toBeUndefined();
  });
});
