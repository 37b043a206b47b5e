import { isObjectId } from "./object.ts";
import { isValidRefName } from "./ref-name.ts";
import type { GitRef } from "./refs.ts";
import { GitRemoteError, TooManyRefsError } from "./remote-errors.ts";
import { runRemoteGit, type RemoteAccess } from "./remote-process.ts";
import { requireGitRemote } from "./remote-url.ts";
import type { GitRepository } from "./repository.ts";

/** Options of {@link listRemoteRefs}. */
export interface ListRemoteRefsOptions extends RemoteAccess {
  /** How many refs are taken before the remote counts as broken. Default 500,000. */
  readonly limit?: number;
}

const DEFAULT_LIMIT = 500_000;

/**
 * Lists refs of a remote below prefixes, in its order. Names that Git would not accept here are passed over: a remote
 * may say anything.
 *
 * @param remote - A configured name, a path or a URL.
 * @param prefixes - Whole path parts, such as `refs/exps`.
 * @throws `InvalidGitRemoteError`, {@link GitRemoteError}, {@link TooManyRefsError}; the reason of `signal`.
 */
export async function listRemoteRefs(
  repo: GitRepository,
  remote: string,
  prefixes: readonly string[],
  options: ListRemoteRefsOptions = {},
): Promise<readonly GitRef[]> {
  requireGitRemote(remote);
  const { limit = DEFAULT_LIMIT } = options;
  const starts = prefixes.map((prefix) => `${prefix}/`);
  const refs: GitRef[] = [];
  let isTooMany = false;
  const answer = await runRemoteGit(
    repo,
    // Git matches a pattern against the end of a name, too; what begins elsewhere is left out below.
    ["ls-remote", "--refs", "--quiet", "--", remote, ...starts.map((start) => `${start}*`)],
    {
      ...options,
      onLine: (line) => {
        const tab = line.indexOf("\t");
        const [id, name] = [line.slice(0, tab), line.slice(tab + 1)];
        if (!starts.some((start) => name.startsWith(start))) return true;
        if (!isObjectId(id, repo.objectFormat) || !isValidRefName(name)) return true;
        isTooMany = refs.length >= limit;
        if (!isTooMany) refs.push({ name, id });
        return !isTooMany;
      },
    },
  );
  if (isTooMany) throw new TooManyRefsError(answer, remote, limit);
  if (answer.exitCode !== 0) throw new GitRemoteError(answer, remote);
  return refs;
}
