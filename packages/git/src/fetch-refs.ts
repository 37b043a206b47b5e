import { requireRefName } from "./ref-name.ts";
import { GitRemoteError, RemoteRefGoneError } from "./remote-errors.ts";
import { runRemoteGit, type RemoteAccess } from "./remote-process.ts";
import { requireGitRemote } from "./remote-url.ts";
import type { GitRepository } from "./repository.ts";

/**
 * Brings the objects that refs of a remote name, with all they need, and changes no ref here: what came is kept from
 * Git's clean-up for two weeks, and its refs are set when everything that belongs to them is there.
 *
 * @param refs - Full names at the remote.
 * @throws `InvalidGitRemoteError`, {@link GitRemoteError}; {@link RemoteRefGoneError} when a ref is not there any more.
 */
export async function fetchRefs(
  repo: GitRepository,
  remote: string,
  refs: readonly string[],
  access: RemoteAccess = {},
): Promise<void> {
  requireGitRemote(remote);
  for (const ref of refs) requireRefName(ref);
  if (refs.length === 0) return;
  const progress = access.onProgress === undefined ? "--no-progress" : "--progress";
  const answer = await runRemoteGit(
    repo,
    // An empty refmap: a user's `fetch = +refs/exps/*:refs/exps/*` would move refs behind our back.
    [
      ...["fetch", "--stdin", "--refmap=", "--no-write-fetch-head", "--no-tags", "--no-prune", progress],
      ...["--no-recurse-submodules", "--no-auto-maintenance", "--no-show-forced-updates", "--", remote],
    ],
    { ...access, input: `${refs.join("\n")}\n`, config: ["fetch.writeCommitGraph=false", "fetch.output=compact"] },
  );
  if (answer.exitCode === 0) return;
  if (/couldn't find remote ref/u.test(answer.stderr)) throw new RemoteRefGoneError(answer, remote);
  throw new GitRemoteError(answer, remote);
}
