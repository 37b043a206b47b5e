import { sep } from "node:path";
import { forgetWorktree, listWorktrees, readObjectFacts, readRef, updateRefs } from "@waymark/git";
import type { Check, Finding } from "./finding.ts";
import { keepCommit } from "./keep-work.ts";

/** Work trees whose folders are gone: Git keeps their branches locked, and its own clean-up waits for three months. */
export const checkWorktrees: Check = async ({ project: { repo }, dvcDir }) => {
  const gone = listWorktrees(repo)
    .filter(({ isPrunable, isLocked }) => isPrunable && !isLocked)
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const findings: Finding[] = [];
  for (const { path, head } of gone) {
    const isOurs = path.startsWith(`${dvcDir}${sep}tmp${sep}`);
    findings.push({
      check: "orphaned-worktree",
      severity: "leftover",
      what: `The work tree '${path}' is registered, and its folder is gone.`,
      why: isOurs
        ? "A run in a folder of its own was killed."
        : "It was deleted by hand, or is on a disk that is not there.",
      repair: isOurs
        ? "Git forgets it; a commit that only it had is kept under refs/waymark/kept/."
        : `If it is gone for good: git worktree remove --force '${path}'`,
      fix: isOurs
        ? async () => {
            const [fact] = head === undefined ? [] : await readObjectFacts(repo, [head]);
            const kept =
              fact?.type === "commit" && readRef(repo, "HEAD") !== head
                ? keepCommit(repo, fact.id, "worktree")
                : undefined;
            if (kept !== undefined) updateRefs(repo, [kept]);
            forgetWorktree(repo, path);
          }
        : undefined,
    });
  }
  return findings;
};
