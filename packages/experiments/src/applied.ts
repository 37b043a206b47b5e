/** The commit that was applied last. What it alone had goes when another one is applied. */
export const APPLIED_REF = "refs/waymark/applied";

/**
 * Where DVC notes what it applied. It is moved where DVC made it, so that what it says stays true, and never made:
 * DVC 3 asks for it nowhere but to delete it with the experiment.
 */
export const DVC_APPLIED_REF = "refs/exps/exec/EXEC_APPLY";

/** Symbolic: what a run of DVC that goes on here adds its commits to. */
export const DVC_BRANCH_REF = "refs/exps/exec/EXEC_BRANCH";
