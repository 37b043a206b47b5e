import { readRef, runGitSync } from "@waymark/git";
import { isWorkspaceRunAlive } from "./dvc-runs.ts";
import type { Check } from "./finding.ts";

/**
 * A run of DVC sets changes of the workspace aside with `git stash` while it begins. Killed then, it leaves them there,
 * and they seem to have disappeared. Its entries look like anybody's, so they are only spoken of after such a run.
 */
export const checkStash: Check = ({ project: { repo }, dvcDir }) => {
  const stash = readRef(repo, "refs/stash");
  if (stash === undefined || isWorkspaceRunAlive(dvcDir)) return [];
  const isAfterRun = ["refs/exps/exec/EXEC_BASELINE", "refs/exps/stash"].some(
    (ref) => readRef(repo, ref) !== undefined,
  );
  const subject = runGitSync(repo, ["log", "--walk-reflogs", "--format=%gs", "--max-count=1", "refs/stash"], {
    allowedExitCodes: [0, 128],
  })
    .stdout.toString()
    .trim();
  const isDvc = /\bdvc-exp/u.test(subject);
  if (!isAfterRun && !isDvc) return [];
  return [
    {
      check: "stashed-changes",
      severity: "error",
      what: `'git stash' holds changes (${subject}), and a run of DVC was killed.`,
      why: "DVC sets changes aside there while a run begins: what you had edited may be in it.",
      repair: "`git stash show -p` shows them; `git stash pop` brings them back. Nothing is done here: they are yours.",
    },
  ];
};
