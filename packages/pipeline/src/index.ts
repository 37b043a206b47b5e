export { CommitSource } from "./commit-source.ts";
export { parseDataFile } from "./data-file.ts";
export { loadProject, openDvcProject, withProjectLock } from "./dvc-project.ts";
export type { DvcProject, Environment, ProjectLock } from "./dvc-project.ts";
export { FileMissingError, NotADvcProjectError, PipelineError, UnreadableFileError } from "./errors.ts";
export type { Readable } from "./errors.ts";
export type {
  ParamSelection,
  PlotEntry,
  Project,
  ProjectStage,
  RecordedHash,
  StageDependency,
  StageOutput,
  TrackedEntry,
} from "./project.ts";
export { describeProblem } from "./problem.ts";
export type { ReadProblem } from "./problem.ts";
export { RevisionReader } from "./revision.ts";
export type { CollectOptions, RevisionContent, RevisionReaderOptions } from "./revision.ts";
export type { EntryKind, RevisionSource } from "./revision-source.ts";
export { relativeTo, stageAddress } from "./stage-address.ts";
export { TreeCache } from "./tree-cache.ts";
export { WorkspaceSource } from "./workspace-source.ts";
