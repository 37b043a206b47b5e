import { findRevision, type GitRepository, isValidRefName, readRef, RefChangedError, updateRefs } from "@waymark/git";
import { BranchExistsError, InvalidBranchNameError, NotAnExperimentError } from "./errors.ts";
import { findContaining, resolveTarget } from "./resolve-target.ts";
import { isTemporary } from "./save-content.ts";
import { diffTrees } from "./tree-diff.ts";

/** A branch that was made. */
export interface MadeBranch {
  readonly branch: string;
  readonly commit: string;
  readonly experimentName: string;
  /**
   * Files that DVC's own `exp save` left in the commit by mistake, such as a pickle with the environment of the run:
   * nobody reads them, and they are better taken out before the branch is shared. Relative to the repository.
   */
  readonly temporary: readonly string[];
}

/**
 * Makes a branch at an experiment, or at the very checkpoint asked for. Nothing is checked out.
 *
 * @param selector - `NAME`, `NAME@STEP`, a ref or a revision that is part of an experiment.
 * @param branch - Default `<name>-branch`, and `<name>-<step>-branch` for a checkpoint.
 * @throws {@link NotAnExperimentError}, {@link BranchExistsError}, {@link InvalidBranchNameError}.
 */
export function branchExperiment(repo: GitRepository, selector: string, branch?: string): MadeBranch {
  repo.requireSha1();
  const target = resolveTarget(repo, selector);
  const experiment = findContaining(repo, target);
  if (experiment === undefined) throw new NotAnExperimentError(selector);
  const step = target.step === undefined ? "" : `-${target.step}`;
  const name = branch ?? `${experiment.name}${step}-branch`;
  const ref = `refs/heads/${name}`;
  if (!isValidRefName(ref) || name === "HEAD") throw new InvalidBranchNameError(name);
  if (readRef(repo, ref) !== undefined) throw new BranchExistsError(name);
  try {
    const reason = `dvc: Created from experiment '${experiment.name}'`;
    updateRefs(repo, [{ ref, newId: target.commit, oldId: null }], { reason });
  } catch (error) {
    if (error instanceof RefChangedError) throw new BranchExistsError(name);
    throw error;
  }
  return {
    branch: name,
    commit: target.commit,
    experimentName: experiment.name,
    temporary: listTemporary(repo, experiment.baseline, target.commit),
  };
}

/** What the experiment added in `.dvc/tmp`, of any folder. */
function listTemporary(repo: GitRepository, baseline: string, commit: string): readonly string[] {
  // An experiment may have been fetched without its baseline.
  if (findRevision(repo, baseline) === undefined) return [];
  return diffTrees(repo, `${baseline}^{tree}`, `${commit}^{tree}`)
    .filter(({ path, to }) => to !== undefined && isTemporary(path))
    .map(({ path }) => path);
}
