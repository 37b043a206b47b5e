import { requireRefName } from "./ref-name.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";

/**
 * Lets HEAD point to a branch again. Neither the index nor a file changes: what differs from the branch is a change to
 * be committed.
 *
 * @param branch - Short name.
 * @param reason - For the log of HEAD.
 */
export function attachHead(repo: GitRepository, branch: string, reason: string): void {
  const ref = `refs/heads/${branch}`;
  requireRefName(ref);
  runGitSync(repo, ["symbolic-ref", "-m", reason, "HEAD", ref]);
}

/**
 * Finds the branch that HEAD was on before it was last detached, as its log tells.
 *
 * @returns The short name; `undefined` when the log does not say, or the branch is gone.
 */
export function findFormerBranch(repo: GitRepository): string | undefined {
  const { exitCode, stdout } = runGitSync(repo, ["log", "--walk-reflogs", "--format=%gs", "--max-count=200", "HEAD"], {
    allowedExitCodes: [0, 128],
  });
  if (exitCode !== 0) return undefined;
  for (const line of stdout.toString().split("\n")) {
    const [, from] = /^checkout: moving from (\S+) to \S+$/u.exec(line) ?? [];
    // DVC says so when it puts HEAD back itself.
    const [, restored] = /^dvc: Restore HEAD to '(.+)'$/u.exec(line) ?? [];
    const branch = restored ?? from;
    if (branch === undefined || /^[0-9a-f]{40}$/u.test(branch)) continue;
    const known = runGitSync(repo, ["show-ref", "--verify", "--quiet", `refs/heads/${branch}`], {
      allowedExitCodes: [0, 1],
    });
    return known.exitCode === 0 ? branch : undefined;
  }
  return undefined;
}
