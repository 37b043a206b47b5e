import { type GitRepository, listRefs, type RefUpdate, updateRefs } from "@waymark/git";
import { isFolderInUse, isWorkspaceRunAlive } from "./dvc-runs.ts";
import type { Check, Finding } from "./finding.ts";
import { keepCommit, keptRef } from "./keep-work.ts";

/** Refs that exist only while a run works in the workspace. `EXEC_HEAD` and `EXEC_APPLY` stay in any case. */
const RUN_REFS = ["EXEC_BASELINE", "EXEC_MERGE", "EXEC_BRANCH"].map((name) => `refs/exps/exec/${name}`);
const STASH = "refs/exps/stash";
const TEMPORARY = "refs/exps/temp";

/**
 * Refs that a killed run of DVC left. While `EXEC_BASELINE` is there, DVC takes it for HEAD; what is in
 * `refs/exps/stash` is run by its next `exp run`.
 */
export const checkExecRefs: Check = async ({ project: { repo }, dvcDir }) => {
  const refs = await listRefs(repo, ["refs/exps/exec", TEMPORARY, STASH]);
  if (isWorkspaceRunAlive(dvcDir)) return [];
  const byName = new Map(refs.map(({ name, id }) => [name, id]));
  const findings: Finding[] = [];
  const left = RUN_REFS.filter((ref) => byName.has(ref));
  if (left.length > 0) {
    const merge = byName.get("refs/exps/exec/EXEC_MERGE");
    findings.push({
      check: "exec-refs",
      severity: "error",
      what: `A run that was killed left ${left.map((ref) => ref.slice("refs/exps/exec/".length)).join(", ")}.`,
      why: "While they are there, DVC takes the commit that run started from for HEAD.",
      repair:
        "They are deleted" +
        (merge === undefined ? "." : `; ${keptRef(merge, "run")} keeps the changes the run started with.`),
      fix: () => removeRefs(repo, left, byName, merge === undefined ? [] : [[merge, "run"]]),
    });
  }
  const stash = byName.get(STASH);
  if (stash !== undefined) {
    findings.push({
      check: "run-stash",
      severity: "error",
      what: "A run that was killed while it began left its changes in 'refs/exps/stash'.",
      why: "The next `dvc exp run` would run them as an experiment of its own.",
      repair: `It is deleted; ${keptRef(stash, "stash")} keeps the changes.`,
      fix: () => removeRefs(repo, [STASH], byName, [[stash, "stash"]]),
    });
  }
  const temporary = refs.map(({ name }) => name).filter((name) => name.startsWith(`${TEMPORARY}/`));
  if (temporary.length > 0 && isFolderInUse(`${dvcDir}/tmp/exps`) !== true) {
    findings.push({
      check: "temp-refs",
      severity: "leftover",
      what: `${temporary.length} ref${temporary.length > 1 ? "s" : ""} below 'refs/exps/temp/' belong to runs that never began.`,
      why: "DVC needs them for seconds while it makes a clone; a command that was killed then leaves them.",
      repair: "They are deleted.",
      fix: () => removeRefs(repo, temporary, byName, []),
    });
  }
  return findings;
};

/** Removes refs and keeps commits, all in one step. */
function removeRefs(
  repo: GitRepository,
  refs: readonly string[],
  ids: ReadonlyMap<string, string>,
  kept: readonly (readonly [commit: string, what: string])[],
): void {
  const updates: (RefUpdate | undefined)[] = [
    ...kept.map(([commit, what]) => keepCommit(repo, commit, what)),
    // EXEC_BRANCH is symbolic: its own value is a name, and its id that of the ref it names.
    ...refs.map((ref) => ({ ref, newId: null, oldId: ref.endsWith("/EXEC_BRANCH") ? undefined : ids.get(ref) })),
  ];
  updateRefs(
    repo,
    updates.filter((update) => update !== undefined),
  );
}
