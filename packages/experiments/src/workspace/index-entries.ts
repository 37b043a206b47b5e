import { GitCommandError, type GitRepository, runGitSync } from "@waymark/git";
import { diffTrees } from "../tree-diff.ts";

/**
 * Makes the user's index hold a tree. Entries that hold it already keep all that Git knows of them.
 *
 * @throws `GitLockedError` when another process works on the index.
 */
export function restoreStaged(repo: GitRepository, tree: string): void {
  const now = runGitSync(repo, ["write-tree"]).stdout.toString().trim();
  const differences = diffTrees(repo, now, tree);
  if (differences.length === 0) return;
  // What goes, goes first: a file may take the place of a folder.
  const sorted = differences.toSorted((a, b) => Number(a.to !== undefined) - Number(b.to !== undefined));
  const zero = "0".repeat(repo.idLength);
  const lines = sorted.map(({ path, to }) => `${to?.mode ?? 0} ${to?.id ?? zero}\t${path}\0`);
  runGitSync(repo, ["update-index", "-z", "--index-info"], { input: lines.join("") });
}

/**
 * Has the index notice that files were written: what they hold is compared once, so that Git and other programs see at
 * once which of them changed. What is staged stays staged. When another process works on the index, that is left to
 * the next `git status`.
 *
 * @param paths - Of entries of the index.
 */
export function refreshIndex(repo: GitRepository, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const args = ["--literal-pathspecs", "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul"];
  try {
    runGitSync(repo, args, { input: paths.join("\0") });
  } catch (error) {
    if (!(error instanceof GitCommandError)) throw error;
  }
}
