import { parseCommit, type Commit } from "./commit.ts";
import type { ObjectReader } from "./object-reader.ts";
import { readObjectsSync } from "./objects.ts";
import type { GitRepository } from "./repository.ts";
import { runGitSync } from "./run.ts";

/** A commit with its id. */
export interface ChainCommit extends Commit {
  readonly id: string;
}

/** Commits from a tip towards older ones along first parents. */
export interface CommitChain {
  /** Newest first; neither the stop commit nor anything older. */
  readonly commits: readonly ChainCommit[];
  /**
   * Why it ends: at the stop commit, at a commit without parents, at an object that is missing (a shallow clone) or is
   * no commit, or at the limit.
   */
  readonly end: "stop" | "root" | "missing" | "limit";
}

/** Options of {@link readCommitChains}. */
export interface CommitChainOptions {
  /** How many commits of one chain are read at most. Default 100,000. */
  readonly limit?: number;
}

/** Where a chain begins and before which commit it ends. */
export interface ChainRequest {
  readonly tip: string;
  /** The chain ends before this commit; `undefined` goes to the root. */
  readonly stop: string | undefined;
}

const DEFAULT_LIMIT = 100_000;

/**
 * Reads many chains of commits at once, one level of all chains after another, each commit once.
 *
 * @returns One chain per request, in order.
 */
export async function readCommitChains(
  reader: ObjectReader,
  requests: readonly ChainRequest[],
  options: CommitChainOptions = {},
): Promise<readonly CommitChain[]> {
  const known = new Map<string, Promise<ChainCommit | undefined>>();
  const read = (id: string): Promise<ChainCommit | undefined> => {
    let commit = known.get(id);
    if (commit === undefined) {
      commit = reader.read(id).then((object) => {
        const parsed = object?.type === "commit" ? parseCommit(object.data) : undefined;
        return parsed === undefined ? undefined : { id, ...parsed };
      });
      known.set(id, commit);
    }
    return commit;
  };
  const limit = options.limit ?? DEFAULT_LIMIT;
  return Promise.all(
    requests.map(async ({ tip, stop }) => {
      const commits: ChainCommit[] = [];
      let next: string | undefined = tip;
      while (next !== undefined) {
        if (next === stop) return { commits, end: "stop" as const };
        if (commits.length >= limit) return { commits, end: "limit" as const };
        const commit: ChainCommit | undefined = await read(next);
        if (commit === undefined) return { commits, end: "missing" as const };
        commits.push(commit);
        next = commit.parents[0];
      }
      return { commits, end: "root" as const };
    }),
  );
}

/** Reads one commit while this thread waits; `undefined` when there is none. */
export function readCommit(repo: GitRepository, id: string): ChainCommit | undefined {
  const [object] = readObjectsSync(repo, [id]);
  const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
  return object === undefined || commit === undefined ? undefined : { id: object.id, ...commit };
}

/**
 * Reads one chain while this thread waits, with two processes whatever its length.
 *
 * @param tip - Full commit id.
 * @param stop - The chain ends before this commit; `undefined` goes to the root.
 */
export function readCommitChainSync(
  repo: GitRepository,
  tip: string,
  stop: string | undefined,
  options: CommitChainOptions = {},
): CommitChain {
  if (tip === stop) return { commits: [], end: "stop" };
  const limit = options.limit ?? DEFAULT_LIMIT;
  const commits: ChainCommit[] = [];
  for (const object of readObjectsSync(repo, listFirstParents(repo, tip, stop, limit))) {
    const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
    if (object === undefined || commit === undefined) return { commits, end: "missing" };
    // An older stop commit hides what only it leads to, so the list may run past the first-parent way to it.
    if (commits.length > 0 && commits.at(-1)?.parents[0] !== object.id) break;
    commits.push({ id: object.id, ...commit });
  }
  const parent = commits.at(-1)?.parents[0];
  if (commits.length === 0) return { commits, end: "missing" };
  if (parent !== undefined && parent === stop) return { commits, end: "stop" };
  if (parent === undefined) return { commits, end: "root" };
  return { commits, end: commits.length >= limit ? "limit" : "missing" };
}

function listFirstParents(repo: GitRepository, tip: string, stop: string | undefined, limit: number): string[] {
  const { exitCode, stdout } = runGitSync(
    repo,
    ["rev-list", "--first-parent", "--ignore-missing", `--max-count=${limit}`, "--stdin"],
    { input: `${tip}\n${stop === undefined ? "" : `^${stop}\n`}`, allowedExitCodes: [0, 128] },
  );
  const ids = stdout
    .toString()
    .split("\n")
    .filter((id) => id !== "");
  // A parent that is missing ends the list with an error; what was listed before it stands.
  return exitCode === 0 || ids.length > 0 ? ids : [tip];
}
