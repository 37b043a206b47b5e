import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";

/** A work tree of a repository. */
export interface Worktree {
  /** Absolute. */
  readonly path: string;
  /** Its folder is gone, or Git finds it useless for another reason. */
  readonly isPrunable: boolean;
  /** Somebody asked Git to keep it. */
  readonly isLocked: boolean;
  /** The commit it is at; `undefined` without commits. */
  readonly head: string | undefined;
}

/** Lists the work trees of a repository, the main one first. */
export function listWorktrees(repo: GitRepository): readonly Worktree[] {
  const { stdout } = runGitSync(repo, ["worktree", "list", "--porcelain"]);
  return stdout
    .toString()
    .split("\n\n")
    .filter((block) => block.startsWith("worktree "))
    .map((block) => {
      const lines = block.split("\n");
      const has = (word: string): boolean => lines.some((line) => line === word || line.startsWith(`${word} `));
      return {
        path: (lines[0] ?? "").slice("worktree ".length),
        isPrunable: has("prunable"),
        isLocked: has("locked"),
        head: lines.find((line) => line.startsWith("HEAD "))?.slice("HEAD ".length),
      };
    });
}

/** Forgets a work tree whose folder is gone. */
export function forgetWorktree(repo: GitRepository, path: string): void {
  runGitSync(repo, ["worktree", "remove", "--force", "--", path]);
}
