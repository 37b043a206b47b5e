import { type GitRepository, readRef, type RefUpdate } from "@waymark/git";

/** Refs under which repairs keep commits that nothing else would name any more. */
export const KEPT_NAMESPACE = "refs/waymark/kept/";

/**
 * Plans a ref that keeps a commit. It stays until somebody deletes it: `git update-ref -d`.
 *
 * @param what - A word for where it was found: `head`, `stash`.
 */
export function keepCommit(repo: GitRepository, commit: string, what: string): RefUpdate | undefined {
  const ref = keptRef(commit, what);
  return readRef(repo, ref) === commit ? undefined : { ref, newId: commit, oldId: undefined };
}

/** Names the ref that keeps a commit. */
export function keptRef(commit: string, what: string): string {
  return `${KEPT_NAMESPACE}${what}-${commit.slice(0, 12)}`;
}
