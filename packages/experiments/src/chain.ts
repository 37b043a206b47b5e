import { type CommitTrailers, parseCommitMessage } from "@waymark/core";
import { type Commit, type GitRepository, parseCommit, readObjectsSync, runGitSync } from "@waymark/git";

/** One commit of an experiment. */
export interface ChainCommit {
  readonly id: string;
  readonly commit: Commit;
  /** Message without our trailers. */
  readonly text: string;
  readonly trailers: CommitTrailers;
}

/**
 * Reads the commits of an experiment, newest first, without the baseline: first parents from the tip on.
 *
 * @returns Nothing when the tip is not there or is no commit.
 */
export function readChain(repo: GitRepository, tip: string, baseline: string): ChainCommit[] {
  const ids = listFirstParents(repo, tip, baseline);
  return readObjectsSync(repo, ids).flatMap((object, index) => {
    const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
    return commit === undefined ? [] : [toChainCommit(ids[index] as string, commit)];
  });
}

/** Takes a commit's message apart. */
function toChainCommit(id: string, commit: Commit): ChainCommit {
  const { text, trailers } = parseCommitMessage(commit.message);
  return { id, commit, text, trailers };
}

/**
 * Tells whether a run can be continued from a commit. The last commit of a run that ended after its last checkpoint has
 * no step: its files belong to an earlier one.
 */
function isCheckpoint(commit: Pick<ChainCommit, "trailers">): boolean {
  return commit.trailers.step !== undefined;
}

/** Finds the newest checkpoint of a chain, or the one of a step. */
export function findCheckpoint(chain: readonly ChainCommit[], step: number | undefined): ChainCommit | undefined {
  return chain.find((commit) => (step === undefined ? isCheckpoint(commit) : commit.trailers.step === step));
}

/**
 * Counts the commits that belong to the experiment itself: those from its fork on. The rest are shared with the one it
 * was forked from.
 */
export function countOwn(chain: readonly ChainCommit[]): number {
  const fork = chain.findIndex((commit) => commit.trailers.forkedFrom !== undefined);
  return fork === -1 ? chain.length : fork + 1;
}

function listFirstParents(repo: GitRepository, tip: string, baseline: string): string[] {
  const walk = (...more: string[]): string[] | undefined => {
    const { exitCode, stdout } = runGitSync(repo, ["rev-list", "--first-parent", tip, ...more, "--"], {
      allowedExitCodes: [0, 128],
    });
    return exitCode === 0
      ? stdout
          .toString()
          .split("\n")
          .filter((line) => line !== "")
      : undefined;
  };
  // An experiment that was fetched may come without its baseline; then the walk ends where history does.
  return walk(`^${baseline}`) ?? walk() ?? [];
}
