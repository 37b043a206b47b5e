import { type GitRepository, readHead, resolveRevision, runGit } from "@waymark/git";

/** Which commits to look at for experiments. Everything left out is HEAD alone. */
export interface BaselineSelection {
  /** Every commit that is a baseline of some experiment or reachable from a branch, tag or HEAD. Default false. */
  readonly allCommits?: boolean;
  /** Tips of all branches. Default false. */
  readonly allBranches?: boolean;
  /** All tags. Default false. */
  readonly allTags?: boolean;
  /** Revisions to start from. Default `HEAD`. */
  readonly revisions?: readonly string[];
  /** How many first-parent commits from each revision on; negative is all of them. Default 1. */
  readonly count?: number;
}

/**
 * Resolves a selection to commits, each once, in the order in which DVC lists them.
 *
 * @throws `RevisionNotFoundError` for a revision that does not exist.
 */
export async function resolveBaselines(repo: GitRepository, selection: BaselineSelection): Promise<string[]> {
  const { allCommits = false, allBranches = false, allTags = false, count = 1 } = selection;
  const isScoped = allCommits || allBranches || allTags;
  const commits: string[] = [];
  for (const revision of selection.revisions ?? (isScoped ? [] : ["HEAD"])) {
    // Where HEAD points stands in its files; everything else takes a process.
    const commit = revision === "HEAD" ? readHead(repo).commit : undefined;
    commits.push(...(await walkBack(repo, commit ?? resolveRevision(repo, revision), count)));
  }
  if (allCommits) commits.push(...(await listCommits(repo, ["--branches", "--remotes", "--tags", "HEAD"])));
  if (allBranches && !allCommits) {
    for (const tip of await refCommits(repo, "refs/heads")) commits.push(...(await walkBack(repo, tip, count)));
  }
  if (allTags && !allCommits) commits.push(...(await refCommits(repo, "refs/tags")));
  return [...new Set(commits)];
}

/**
 * Finds those of some commits that no branch, tag, remote branch or HEAD leads to any more, as after a rebase or an
 * amended commit. One that is not here at all is none of them.
 */
export async function findUnreachable(repo: GitRepository, commits: ReadonlySet<string>): Promise<Set<string>> {
  if (commits.size === 0) return new Set();
  const { stdout } = await runGit(
    repo,
    ["rev-list", "--ignore-missing", "--stdin", "--not", "--branches", "--tags", "--remotes", "HEAD"],
    // History that is cut off, in a shallow clone, say, ends the list; what was listed before stands.
    { input: [...commits].map((commit) => `${commit}\n`).join(""), allowedExitCodes: [0, 128] },
  );
  return new Set(
    stdout
      .toString()
      .split("\n")
      .filter((commit) => commits.has(commit)),
  );
}

async function walkBack(repo: GitRepository, commit: string, count: number): Promise<string[]> {
  if (count === 1 || count === 0) return [commit];
  return listCommits(repo, ["--first-parent", ...(count > 0 ? [`--max-count=${count}`] : []), commit]);
}

async function refCommits(repo: GitRepository, prefix: string): Promise<string[]> {
  const format = "%(objecttype) %(objectname) %(*objecttype) %(*objectname)";
  const { stdout } = await runGit(repo, ["for-each-ref", `--format=${format}`, prefix]);
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [type, id, peeledType, peeledId] = line.split(" ");
      if (type === "commit" && id !== undefined) return [id];
      return peeledType === "commit" && peeledId !== undefined ? [peeledId] : [];
    });
}

async function listCommits(repo: GitRepository, revisions: readonly string[]): Promise<string[]> {
  const { stdout } = await runGit(repo, ["rev-list", ...revisions]);
  return stdout
    .toString()
    .split("\n")
    .filter((line) => line !== "");
}
