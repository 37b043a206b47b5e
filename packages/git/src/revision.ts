import { RevisionNotFoundError } from "./errors.ts";
import type { GitRepository } from "./repository.ts";
import { readHead } from "./refs.ts";
import { runGitSync } from "./run.ts";

/**
 * Resolves what a user typed to a commit id: branch, tag, id or a piece of one, `HEAD~2`.
 *
 * @returns `undefined` when there is no such commit. A piece that fits several objects counts as none.
 */
export function findRevision(repo: GitRepository, revision: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are never part of a revision
  if (revision === "" || /[\u0000-\u001f\u007f]/.test(revision)) return undefined;
  if (revision === "HEAD") {
    // Where it points stands in its files; without any commit, Git has the last word.
    const { commit } = readHead(repo);
    if (commit !== undefined) return commit;
  }
  const { exitCode, stdout } = runGitSync(
    repo,
    ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
    { allowedExitCodes: [0, 1, 128] },
  );
  // Git before 2.43 repeats the separator itself.
  return exitCode === 0 ? stdout.toString().trim().split("\n").at(-1) : undefined;
}

/**
 * Resolves what a user typed to a commit id; as {@link findRevision}.
 *
 * @throws {@link RevisionNotFoundError} when there is no such commit.
 */
export function resolveRevision(repo: GitRepository, revision: string): string {
  const id = findRevision(repo, revision);
  if (id === undefined) throw new RevisionNotFoundError(revision);
  return id;
}
