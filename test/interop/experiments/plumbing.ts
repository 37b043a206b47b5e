import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { GIT_TEST_ENV, type GitRepo } from "../../support/git-repo.ts";

/** How {@link writeCommit} makes a commit. */
export interface PlumbedCommit {
  /** What its tree holds besides the files of the parent; `null` leaves a file out. */
  readonly files: Readonly<Record<string, string | Buffer | null>>;
  readonly message?: string;
  /** Seconds since the epoch. Default: now. */
  readonly at?: number;
  /** Further parents, after the first. */
  readonly merged?: readonly string[];
  /** Default: the one that all tests have. */
  readonly author?: string;
}

/** Makes a commit with plumbing, as any program may: no work tree, no index of the user. */
export function writeCommit(repo: GitRepo, parent: string, commit: PlumbedCommit): string {
  const index = repo.path(".git", "plumbing-index");
  const run = (args: readonly string[], input: string | Buffer = "", env: NodeJS.ProcessEnv = {}): string =>
    execFileSync("git", [...args], {
      cwd: repo.root,
      env: { ...GIT_TEST_ENV, GIT_INDEX_FILE: index, ...env },
      input,
      encoding: "utf8",
    }).trim();
  try {
    run(["read-tree", parent]);
    for (const [path, content] of Object.entries(commit.files)) {
      if (content === null) run(["update-index", "--force-remove", "--", path]);
      else {
        const blob = run(["hash-object", "-w", "--stdin"], content);
        run(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
      }
    }
    const date =
      commit.at === undefined
        ? {}
        : { GIT_AUTHOR_DATE: `${commit.at} +0000`, GIT_COMMITTER_DATE: `${commit.at} +0000` };
    const author =
      commit.author === undefined ? {} : { GIT_AUTHOR_NAME: commit.author, GIT_COMMITTER_NAME: commit.author };
    const parents = [parent, ...(commit.merged ?? [])].flatMap((id) => ["-p", run(["rev-parse", `${id}^{commit}`])]);
    // DVC's own messages have no line end.
    return run(["commit-tree", run(["write-tree"]), ...parents], commit.message ?? "dvc: commit experiment", {
      ...date,
      ...author,
    });
  } finally {
    rmSync(index, { force: true });
  }
}

/** Commits everything that is not ignored, at a moment in seconds since the epoch; the commit. */
export function commitAt(repo: GitRepo, at: number, message: string): string {
  repo.git("add", "--all");
  const date = `${at} +0000`;
  execFileSync("git", ["commit", "--quiet", "--message", message], {
    cwd: repo.root,
    env: { ...GIT_TEST_ENV, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  return repo.head();
}

/** The ref of an experiment. */
export function refOf(repo: GitRepo, baseline: string, name: string): string {
  const id = repo.git("rev-parse", `${baseline}^{commit}`);
  return `refs/exps/${id.slice(0, 2)}/${id.slice(2)}/${name}`;
}

/** Makes an experiment of one commit with plumbing; the commit. */
export function writeExperiment(
  repo: GitRepo,
  baseline: string,
  name: string,
  files: PlumbedCommit["files"],
  options: Omit<PlumbedCommit, "files"> = {},
): string {
  const commit = writeCommit(repo, baseline, { files, ...options });
  repo.git("update-ref", refOf(repo, baseline, name), commit);
  return commit;
}
