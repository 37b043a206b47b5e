import type { GitRepository } from "./repository.ts";
import { runGit, startDetachedGit } from "./run.ts";

/** One thread, so that a training next to it keeps its cores; nothing is pruned and no reflog expires. */
const PACK = ["-c", "pack.threads=1", "maintenance", "run", "--quiet", "--task=loose-objects"];

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
 * Starts packing loose objects in a process that outlives this one, and returns at once. The loose objects go with the
 * next such call. Does nothing when another maintenance is at work or Git cannot be started.
 */
export function startPackingLooseObjects(repo: GitRepository): void {
  startDetachedGit(repo, PACK);
}
