import type { GitRepository } from "./repository.ts";
import { requireRefName } from "./ref-name.ts";
import { runGitSync } from "./run.ts";

/**
 * Takes a commit out of the log of a ref, as `git stash drop` does: the ref then names the entry before, and goes with its
 * last one.
 *
 * @returns False when the log has no such entry.
 */
export function dropReflogEntry(repo: GitRepository, ref: string, commit: string): boolean {
  requireRefName(ref);
  const { exitCode, stdout } = runGitSync(repo, ["log", "--walk-reflogs", "--format=%H", ref, "--"], {
    allowedExitCodes: [0, 128],
  });
  if (exitCode !== 0) return false;
  const ids = stdout.toString().split("\n").filter(Boolean);
  const at = ids.indexOf(commit);
  if (at === -1) return false;
  const isLast = ids.length === 1;
  runGitSync(
    repo,
    isLast ? ["update-ref", "-d", ref, commit] : ["reflog", "delete", "--rewrite", "--updateref", `${ref}@{${at}}`],
  );
  return true;
}
