import { type GitRepository, runGit } from "@waymark/git";

/** Why a commit counts as what became of another one. */
export type BaselineMatch = "tree" | "patch" | "author";

/** What could be found of the commit that took a baseline's place. */
export interface NewBaseline {
  /** Commits that could be meant; best first, of the strongest kind of match that there is. */
  readonly candidates: readonly string[];
  /** How they match; `undefined` when nothing does. */
  readonly match: BaselineMatch | undefined;
  /** The commit that the reflog of HEAD says took its place. It is only a hint: reflogs are local, and expire. */
  readonly hint: string | undefined;
}

/** So many commits are compared, the newest ones: what was rewritten is near the tip. */
const SEARCHED = 2000;
/** Of so many the changes are compared, which takes longer. */
const PATCHES = 500;

interface SearchedCommit {
  readonly id: string;
  readonly tree: string;
  /** Name, address and moment of the author, and the subject: an amended or rebased commit keeps them. */
  readonly author: string;
}

/**
 * Looks for the commit that took the place of one that was amended, rebased or squashed: a commit on a branch or HEAD,
 * and not before the old one, that has
 *
 * 1. the same change (Git's patch id), else
 * 2. the same files, else
 * 3. the same author, moment and subject.
 *
 * Of several, one that HEAD leads to goes before others, and then the one that the reflog of HEAD names.
 */
export async function findNewBaseline(repo: GitRepository, baseline: string): Promise<NewBaseline> {
  const hint = await readReflogHint(repo, baseline);
  const [old] = await listCommits(repo, ["--max-count=1", baseline]);
  if (old === undefined) return { candidates: [], match: undefined, hint };
  const searched = await listCommits(repo, [`--max-count=${SEARCHED}`, "HEAD", "--branches", `^${baseline}`]);
  const kinds: readonly [BaselineMatch, () => Promise<readonly string[]>][] = [
    ["patch", async () => findSamePatch(repo, baseline, searched.slice(0, PATCHES))],
    ["tree", async () => searched.filter(({ tree }) => tree === old.tree).map(({ id }) => id)],
    ["author", async () => searched.filter(({ author }) => author === old.author).map(({ id }) => id)],
  ];
  for (const [match, find] of kinds) {
    const candidates = await find();
    if (candidates.length > 0) return { candidates: await narrow(repo, candidates, hint), match, hint };
  }
  return { candidates: [], match: undefined, hint };
}

/** Lists commits, newest first. A history that is cut off ends the list. */
async function listCommits(repo: GitRepository, args: readonly string[]): Promise<SearchedCommit[]> {
  const format = "--format=%H%x00%T%x00%an%x00%ae%x00%at%x00%s";
  const { stdout } = await runGit(
    repo,
    ["log", "--topo-order", "--no-show-signature", "--no-color", format, ...args, "--"],
    {
      allowedExitCodes: [0, 128],
    },
  );
  return stdout
    .toString()
    .split("\n")
    .flatMap((line) => {
      const [id, tree, ...author] = line.split("\0");
      return id === undefined || tree === undefined ? [] : [{ id, tree, author: author.join("\0") }];
    });
}

/** An empty change has no patch id, and is like no other. */
async function findSamePatch(
  repo: GitRepository,
  baseline: string,
  searched: readonly SearchedCommit[],
): Promise<readonly string[]> {
  const ids = await readPatchIds(repo, [baseline, ...searched.map(({ id }) => id)]);
  const wanted = ids.get(baseline);
  return wanted === undefined ? [] : searched.map(({ id }) => id).filter((id) => ids.get(id) === wanted);
}

async function readPatchIds(repo: GitRepository, commits: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout: patches } = await runGit(
    repo,
    [
      ...["diff-tree", "--stdin", "--root", "-p", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"],
      ...["--full-index", "--pretty=format:commit %H%n"],
    ],
    { input: `${commits.join("\n")}\n`, allowedExitCodes: [0, 128] },
  );
  const { stdout } = await runGit(repo, ["patch-id", "--stable"], { input: patches });
  const ids = new Map<string, string>();
  for (const line of stdout.toString().split("\n")) {
    const [patch, commit] = line.split(" ");
    if (patch !== undefined && commit !== undefined) ids.set(commit, patch);
  }
  return ids;
}

async function narrow(
  repo: GitRepository,
  candidates: readonly string[],
  hint: string | undefined,
): Promise<readonly string[]> {
  if (candidates.length === 1) return candidates;
  const { stdout } = await runGit(repo, ["rev-list", `--max-count=${SEARCHED}`, "HEAD", "--"], {
    allowedExitCodes: [0, 128],
  });
  const history = new Set(stdout.toString().split("\n"));
  const current = candidates.filter((id) => history.has(id));
  const left = current.length > 0 ? current : candidates;
  return hint !== undefined && left.includes(hint) ? [hint] : left;
}

/**
 * Reads what the reflog of HEAD says of a commit: the line after the one that made it, when that line amended it.
 * A rebase is not followed: its lines do not tell which commit became which.
 */
async function readReflogHint(repo: GitRepository, baseline: string): Promise<string | undefined> {
  const args = ["log", "--walk-reflogs", "--no-show-signature", "--no-color", "--format=%H%x00%gs", "HEAD", "--"];
  const { exitCode, stdout } = await runGit(repo, args, { allowedExitCodes: [0, 128] });
  if (exitCode !== 0) return undefined;
  const lines = stdout
    .toString()
    .split("\n")
    .map((line) => line.split("\0"));
  // Newest first: what came of a commit stands before it.
  const at = lines.findIndex(([id], index) => id === baseline && isAmend(lines[index - 1]?.[1]));
  return at > 0 ? lines[at - 1]?.[0] : undefined;
}

function isAmend(subject: string | undefined): boolean {
  return subject?.startsWith("commit (amend)") === true;
}
