import { type GitRepository, isValidRefName, readRef, RefChangedError, updateRefs } from "@waymark/git";
import { BranchExistsError, InvalidBranchNameError, NotAnExperimentError } from "./errors.ts";
import { findContaining, resolveTarget } from "./resolve-target.ts";

/** A branch that was made. */
export interface MadeBranch {
  readonly branch: string;
  readonly commit: string;
  readonly experimentName: string;
}

/**
 * Makes a branch at an experiment, or at the very checkpoint asked for. Nothing is checked out.
 *
 * @param selector - `NAME`, `NAME@STEP`, a ref or a revision that is part of an experiment.
 * @param branch - Default `<name>-branch`, and `<name>-<step>-branch` for a checkpoint.
 * @throws {@link NotAnExperimentError}, {@link BranchExistsError}, {@link InvalidBranchNameError}.
 */
export function branchExperiment(repo: GitRepository, selector: string, branch?: string): MadeBranch {
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
  return { branch: name, commit: target.commit, experimentName: experiment.name };
}
