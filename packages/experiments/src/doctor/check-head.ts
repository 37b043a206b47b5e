import {
  attachHead,
  findFormerBranch,
  type GitRepository,
  readHead,
  readRef,
  runGitSync,
  updateRefs,
} from "@waymark/git";
import { isWorkspaceRunAlive } from "./dvc-runs.ts";
import type { Check } from "./finding.ts";
import { keepCommit, keptRef } from "./keep-work.ts";

const BASELINE = "refs/exps/exec/EXEC_BASELINE";

/**
 * A run of DVC in the workspace detaches HEAD and puts it back at its end. One that was killed never does: later commits
 * are then on no branch, and later runs start from the wrong commit.
 */
export const checkHead: Check = ({ project: { repo }, dvcDir }) => {
  const head = readHead(repo);
  const baseline = readRef(repo, BASELINE);
  const isDetached = head.commit !== undefined && head.branch === undefined;
  if (!isDetached || baseline === undefined || isWorkspaceRunAlive(dvcDir)) return [];
  const commit = head.commit;
  if (commit !== baseline && !isOnTopOf(repo, commit, baseline)) return [];
  const branch = findFormerBranch(repo);
  const tip = branch === undefined ? undefined : readRef(repo, `refs/heads/${branch}`);
  const isSafe = branch !== undefined && tip === baseline;
  const isKept = commit === baseline || isNamed(repo, commit);
  return [
    {
      check: "detached-head",
      severity: "error",
      what: `HEAD is detached at ${commit.slice(0, 7)}, where a run that was killed left it.`,
      why: "`dvc exp run` works on a detached HEAD. What is committed now is on no branch, and the next run starts from here.",
      repair: isSafe
        ? `HEAD goes back to branch '${branch}'; the index and all files stay as they are` +
          (isKept ? "." : `, and ${keptRef(commit, "head")} keeps the commit.`)
        : `The branch has moved on, or is not known: \`git switch BRANCH\`, or \`git branch NAME\` to keep what is here.`,
      fix: isSafe ? () => reattach(repo, commit, branch, isKept) : undefined,
    },
  ];
};

function reattach(repo: GitRepository, commit: string, branch: string, isKept: boolean): void {
  const kept = isKept ? undefined : keepCommit(repo, commit, "head");
  if (kept !== undefined) updateRefs(repo, [kept]);
  attachHead(repo, branch, `waymark: put HEAD back on '${branch}'`);
}

function isOnTopOf(repo: GitRepository, commit: string, baseline: string): boolean {
  const { exitCode } = runGitSync(repo, ["merge-base", "--is-ancestor", baseline, commit], {
    allowedExitCodes: [0, 1, 128],
  });
  return exitCode === 0;
}

/** Tells whether some ref leads to a commit. The refs of the run itself go away with it. */
function isNamed(repo: GitRepository, commit: string): boolean {
  const { stdout } = runGitSync(repo, ["for-each-ref", "--format=%(refname)", `--contains=${commit}`]);
  return stdout
    .toString()
    .split("\n")
    .some((ref) => ref !== "" && !ref.startsWith("refs/exps/exec/"));
}
