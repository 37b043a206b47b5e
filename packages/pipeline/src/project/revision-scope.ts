import { TrackerError } from "@waymark/core";
import { findRevision, listRefs, resolveRevision, runGit, type GitRepository } from "@waymark/git";

/** Which commits a command looks at beside the workspace. */
export interface RevisionScope {
  /** Tips of all branches. */
  readonly isAllBranches?: boolean;
  /** All tags. */
  readonly isAllTags?: boolean;
  /** Every commit that HEAD, a branch, a tag or a remote branch reaches. */
  readonly isAllCommits?: boolean;
  /** Commits made on this day (`yyyy-mm-dd`, local time) or later. */
  readonly since?: string | undefined;
  /** Revisions as typed. */
  readonly revisions?: readonly string[];
  /** How many commits from each branch tip and each of `revisions`, along first parents. Default 1. */
  readonly count?: number | undefined;
  /** Full ids of more commits, such as those of experiments. */
  readonly commits?: readonly string[];
  /** Looks at commits alone: the workspace is not even read. */
  readonly isWithoutWorkspace?: boolean;
}

/** A commit with the names under which it was asked for. */
export interface ScopedCommit {
  readonly commit: string;
  /** As DVC names it: branches and tags by their short name, others by id. */
  readonly names: readonly string[];
}

/** A day that is none. */
export class InvalidDateError extends TrackerError {
  override readonly code = "INVALID_DATE";

  constructor(text: string) {
    super(`'${text}' is not a date`, { hint: "Write it as yyyy-mm-dd, for example 2026-01-31." });
  }
}

const BRANCHES = "refs/heads";
const TAGS = "refs/tags";

/**
 * Lists the commits of a scope, each once.
 *
 * @throws `RevisionNotFoundError`, {@link InvalidDateError}
 */
export async function listScopedCommits(repo: GitRepository, scope: RevisionScope): Promise<readonly ScopedCommit[]> {
  const names = new Map<string, string[]>();
  const add = (commit: string, name: string): void => {
    const known = names.get(commit);
    if (known === undefined) names.set(commit, [name]);
    else if (!known.includes(name)) known.push(name);
  };
  const count = scope.count ?? 1;
  for (const revision of scope.revisions ?? []) {
    const [tip, ...older] = await firstParents(repo, resolveRevision(repo, revision), count);
    if (tip !== undefined) add(tip, revision);
    for (const commit of older) add(commit, commit);
  }
  if (scope.isAllCommits === true) {
    for (const commit of await listReachable(repo)) add(commit, commit);
  } else {
    if (scope.isAllBranches === true) {
      for (const { name, id } of await listRefs(repo, [BRANCHES])) {
        const [tip, ...older] = await firstParents(repo, id, count);
        if (tip !== undefined) add(tip, name.slice(BRANCHES.length + 1));
        for (const commit of older) add(commit, commit);
      }
    }
    if (scope.isAllTags === true) {
      for (const { name } of await listRefs(repo, [TAGS])) {
        // A tag of a tree or a blob is no revision.
        const commit = findRevision(repo, name);
        if (commit !== undefined) add(commit, name.slice(TAGS.length + 1));
      }
    }
    if (scope.since !== undefined) {
      for (const commit of await listReachable(repo, parseDay(scope.since))) add(commit, commit);
    }
  }
  for (const commit of scope.commits ?? []) add(commit, commit);
  return [...names].map(([commit, list]) => ({ commit, names: list }));
}

async function firstParents(repo: GitRepository, commit: string, count: number): Promise<readonly string[]> {
  if (count <= 1) return [commit];
  const { stdout } = await runGit(repo, ["rev-list", "--first-parent", `--max-count=${count}`, commit]);
  return linesOf(stdout);
}

/** @param sinceSeconds - Leaves out commits made before, wherever they stand. */
async function listReachable(repo: GitRepository, sinceSeconds?: number): Promise<readonly string[]> {
  const head = repo.headCommit === undefined ? [] : ["HEAD"];
  const { stdout } = await runGit(repo, [
    "rev-list",
    "--timestamp",
    "--date-order",
    ...head,
    "--branches",
    "--tags",
    "--remotes",
  ]);
  return linesOf(stdout).flatMap((line) => {
    const [seconds = "", commit = ""] = line.split(" ");
    return sinceSeconds !== undefined && Number(seconds) < sinceSeconds ? [] : [commit];
  });
}

function parseDay(text: string): number {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) throw new InvalidDateError(text);
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  // Local midnight, as DVC takes it.
  const date = new Date(year, month - 1, day);
  if (date.getMonth() !== month - 1 || date.getDate() !== day) throw new InvalidDateError(text);
  return date.getTime() / 1000;
}

function linesOf(stdout: Buffer): readonly string[] {
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}
