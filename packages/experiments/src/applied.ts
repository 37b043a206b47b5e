/** The commit that was applied last. What it alone had goes when another one is applied. */
export const APPLIED_REF = "refs/waymark/applied";
