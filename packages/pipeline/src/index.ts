export { CommitSource } from "./commit-source.ts";
export { parseDataFile } from "./data-file.ts";
export { loadProject, openDvcProject, withProjectLock } from "./dvc-project.ts";
export type { DvcProject, Environment, LoadOptions, ProjectLock } from "./dvc-project.ts";
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
export { collectUsedObjects, objectNames } from "./used-objects.ts";
export type { OutputSelection, UsedContent, UsedGroup, UsedObjects, UsedObjectsOptions } from "./used-objects.ts";
export { selectOutputs } from "./select-outputs.ts";
export { TargetNotFoundError } from "./target-errors.ts";
export type { SelectOutputsOptions } from "./select-outputs.ts";
export { InvalidDateError, listScopedCommits } from "./revision-scope.ts";
export type { RevisionScope, ScopedCommit } from "./revision-scope.ts";
export { loadScopedStages, projectPrefix, RevisionUnreadableError } from "./scoped-stages.ts";
export type { ScopedStages } from "./scoped-stages.ts";
export { checkIgnored } from "./ignored.ts";
export { InitError, initProject } from "./init.ts";
export type { InitializedProject, InitOptions } from "./init.ts";
export { describeGitAdd, ProjectEdit, stageFiles } from "./project-edit.ts";
export type { FinishedEdit } from "./project-edit.ts";
export { buildGraph, indexOutputs, listNeededOutputs, StageGraph } from "./graph.ts";
export type { GraphOptions, OwnedOutput, StepOptions } from "./graph.ts";
export * from "./graph-errors.ts";
export { resolveStages, resolveTargets, StageNotFoundError } from "./targets.ts";
export type { TargetOptions, TargetProject, TargetSelection } from "./targets.ts";
export { ChangeLookup, recordedContentHash } from "./change-lookup.ts";
export type { ChangeLookupOptions } from "./change-lookup.ts";
export { collectStageChanges, hasChanges, isCallback, isRepositoryImport } from "./changes.ts";
export type { ChangeOptions, ChangeWord, DependencyChange, OutputChange, StageChanges } from "./changes.ts";
export type { ParamsChange, ParamWord } from "./param-changes.ts";
export { isPythonEqual } from "./python-equal.ts";
export { collectChanges, formatStatus } from "./status.ts";
export type { ProjectStatus, StatusEntries, StatusItem } from "./status.ts";
export type { ValueChange, ValueChanges } from "./compare-values.ts";
export { openFigureProject } from "./figure-project.ts";
export type { FigureProject } from "./figure-project.ts";
export { showMetrics } from "./metrics-show.ts";
export type { ShowMetricsOptions } from "./metrics-show.ts";
export { NoGitError } from "./named-revisions.ts";
export { failedRevisions } from "./revision-values.ts";
export type { RevisionValues, ValuesByRevision } from "./revision-values.ts";
export { diffMetrics, diffParams } from "./values-diff.ts";
export type { ParamsDiffOptions, ValuesDiff, ValuesDiffOptions } from "./values-diff.ts";
export { collectDag } from "./dag.ts";
export type { Dag, DagOptions } from "./dag.ts";
