import { GitRemoteError, RemoteRefGoneError } from "./remote-errors.ts";
import { runRemoteGit, type RemoteAccess } from "./remote-process.ts";
import { requireGitRemote } from "./remote-url.ts";
import type { GitRepository } from "./repository.ts";

/** What a server says of an id that none of its refs has any more. */
const GONE = /not our ref|unadvertised object|couldn't find remote ref/u;

/**
 * Brings objects that a remote listed as what its refs name, with all they need, and changes no ref here: Git's
 * clean-up spares for two weeks what came, and refs are set when everything that belongs to them is there.
 *
 * Objects are asked for by id: by name, Git compares every ref with every other, and what comes might be newer than
 * what was listed.
 *
 * @throws `InvalidGitRemoteError`, {@link GitRemoteError}; {@link RemoteRefGoneError} when the remote does not give one
 *   of them any more.
 */
export async function fetchObjects(
  repo: GitRepository,
  remote: string,
  ids: Iterable<string>,
  access: RemoteAccess = {},
): Promise<void> {
  requireGitRemote(remote);
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return;
  const progress = access.onProgress === undefined ? "--no-progress" : "--progress";
  const answer = await runRemoteGit(
    repo,
    // An empty refmap: a user's `fetch = +refs/exps/*:refs/exps/*` would move refs behind our back.
    [
      ...["fetch", "--stdin", "--refmap=", "--no-write-fetch-head", "--no-tags", "--no-prune", progress],
      ...["--no-recurse-submodules", "--no-auto-maintenance", "--no-show-forced-updates", "--", remote],
    ],
    {
      ...access,
      input: `${wanted.join("\n")}\n`,
      config: ["fetch.writeCommitGraph=false", "fetch.output=compact", "advice.fetchShowForcedUpdates=false"],
    },
  );
  if (answer.exitCode === 0) return;
  if (GONE.test(answer.stderr)) throw new RemoteRefGoneError(answer, remote);
  throw new GitRemoteError(answer, remote);
}
