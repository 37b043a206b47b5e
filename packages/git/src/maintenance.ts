import { statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { GitRepository } from "./repository.ts";
import { runGit, startDetachedGit } from "./run.ts";
import { WORKTREE_VARIABLE } from "./worktrees.ts";

/**
 * One thread, so that a training next to it keeps its cores; nothing is pruned and no reflog expires. The index of a
 * pack is flushed too: without it, nobody finds the objects whose loose files are gone.
 */
const PACK = [
  "-c",
  "pack.threads=1",
  "-c",
  "core.fsync=committed,pack-metadata",
  "maintenance",
  "run",
  "--quiet",
  "--task=loose-objects",
];

const STALE_MS = 24 * 3600 * 1000;

/**
 * Packs loose objects, which hold every state of a growing file in full, into a pack, which holds the differences, and
 * removes the loose ones. Unreachable objects stay: this is not `git gc`, which would also drop entries of reflogs that
 * DVC keeps its queue in.
 */
export async function packLooseObjects(repo: GitRepository): Promise<void> {
  await runGit(repo, PACK);
  await runGit(repo, ["prune-packed", "--quiet"]);
}

/**
 * Starts packing loose objects, and removing those that are packed, in a process of low priority that outlives this
 * one, and returns at once. Killed at any moment, it leaves every object in at least one place. Does nothing when Git
 * cannot be started.
 */
export function startPackingLooseObjects(repo: GitRepository): void {
  removeStaleLock(repo);
  // It is nobody's process and in nobody's folder: it must not be taken for one that a run has left in a work tree.
  const { [WORKTREE_VARIABLE]: _, ...env } = repo.env;
  // Two steps in one process: an alias is the one way to have Git itself run them in turn on every system.
  startDetachedGit({ root: repo.commonDir, gitDir: repo.commonDir, env }, [
    "-c",
    `alias.pack-then-prune=!git ${PACK.join(" ")}; git prune-packed --quiet`,
    "pack-then-prune",
  ]);
}

/** A killed maintenance leaves a lock behind that Git itself never clears away, and that stops all maintenance to come. */
function removeStaleLock(repo: GitRepository): void {
  const lock = join(repo.commonDir, "objects", "maintenance.lock");
  const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined || Date.now() - made < STALE_MS) return;
  try {
    unlinkSync(lock);
  } catch {
    // Another process cleared it away, or it is not ours to touch: packing waits, and nothing is lost.
  }
}
