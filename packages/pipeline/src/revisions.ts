// What it takes to read values of revisions, and nothing that runs or changes anything.
export { CommitSource } from "./project/commit-source.ts";
export { describeProblem } from "./project/problem.ts";
export type { ReadProblem } from "./project/problem.ts";
export { RevisionReader } from "./project/revision.ts";
export type { RevisionContent } from "./project/revision.ts";
export { makeRecipe, parseMetricsFile, parseParamsFile } from "./project/revision-recipe.ts";
export type { RevisionRecipe } from "./project/revision-recipe.ts";
export { isProjectFile } from "./project/revision-source.ts";
export { TreeCache } from "./project/tree-cache.ts";
export { WorkspaceSource } from "./project/workspace-source.ts";
export type { Readable } from "./errors.ts";
