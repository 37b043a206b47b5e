export { CommitSource } from "./commit-source.ts";
export { parseDataFile } from "./data-file.ts";
export { loadProject, openDvcProject, withProjectLock } from "./dvc-project.ts";
export type { DvcProject, Environment, LoadOptions, OpenDvcProjectOptions } from "./dvc-project.ts";
export {
  FileMissingError,
  HiddenFileError,
  NotADvcProjectError,
  PipelineError,
  UnreadableFileError,
} from "./errors.ts";
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
export type { FigureProject, FindOther } from "./figure-project.ts";
export { showMetrics } from "./metrics-show.ts";
export type { ShowMetricsOptions } from "./metrics-show.ts";
export { NoGitError } from "./named-revisions.ts";
export { failedRevisions } from "./revision-values.ts";
export type { RevisionValues, ValuesByRevision } from "./revision-values.ts";
export { diffMetrics, diffParams } from "./values-diff.ts";
export type { ParamsDiffOptions, ValuesDiff, ValuesDiffOptions } from "./values-diff.ts";
export { collectDag } from "./dag.ts";
export type { Dag, DagOptions } from "./dag.ts";
export { PathLocks } from "./path-locks.ts";
export type { HeldPathLocks, LockedPaths, PathLockHolder, PathLocksOptions } from "./path-locks.ts";
export { PathBusyError, PathLocksCorruptError } from "./path-lock-errors.ts";
export { RunCache, runCacheNames } from "./run-cache.ts";
export type { RunCacheNames, RunCacheOptions } from "./run-cache.ts";
export { runStageCommand, shellCommand, splitStageCommand, StageCommandError } from "./run-stage-command.ts";
export type { CommandEnd, CommandOutput, StageCommandOptions } from "./run-stage-command.ts";
export { ExternalData } from "./external-data.ts";
export * from "./external-errors.ts";
export { openExternalRepo } from "./external-repo.ts";
export type { ExternalProject, ExternalRepo, ExternalRepoOptions } from "./external-repo.ts";
export { ExternalView } from "./external-view.ts";
export { DvcFileTargetError, externalPath, findExternalUrl, getExternal, pathSeenFrom } from "./get-external.ts";
export type { GetOptions } from "./get-external.ts";
export { getUrl, listUrl, treeUrl } from "./get-url.ts";
export type { GetUrlOptions, ListUrlOptions, UrlAccess } from "./get-url.ts";
export { listExternal, treeExternal } from "./list-external.ts";
export type { ListedEntry, ListOptions } from "./list-external.ts";
export { addData } from "./add.ts";
export type { Added, AddOptions } from "./add.ts";
export { addFromElsewhere } from "./add-elsewhere.ts";
export type { AddFromElsewhereOptions } from "./add-elsewhere.ts";
export { CannotAddError } from "./add-errors.ts";
export { checkoutOutputs, checkoutProject, UnsavedDataError } from "./checkout-project.ts";
export type { CheckedOut, CheckoutProjectOptions } from "./checkout-project.ts";
export { collectDataStatus } from "./data-status.ts";
export type { DataChanges, DataStatus, DataStatusOptions, RemoteEntry } from "./data-status.ts";
export { destroyProject, listProjectFiles } from "./destroy.ts";
export { diffRevisions } from "./diff.ts";
export type { DiffEntry, DiffOptions, DiffReport, OldAndNew } from "./diff.ts";
export { IncompleteFoldersError, planGarbage, removePlanned } from "./gc.ts";
export type { GarbageOptions, GarbagePlan, KeptData, RemoteGarbage } from "./gc.ts";
export type { CacheObject } from "./cache-objects.ts";
export { expandTargets, NoMatchError } from "./glob-targets.ts";
export { CannotMoveError, moveData } from "./move.ts";
export type { Moved } from "./move.ts";
export { recordContent, withChecksum } from "./record-content.ts";
export { GeneratedStageError, removeStages } from "./remove.ts";
export type { RemoveStagesOptions } from "./remove.ts";
export { NothingToUnprotectError, unprotectData } from "./unprotect.ts";
export { hashContent, hashOutputs } from "./workspace-contents.ts";
export type { HashOutputsOptions, WorkspaceContent } from "./workspace-contents.ts";
export { addStage, InvalidStageError } from "./add-stage.ts";
export type { AddedStage, NewOutput, NewStage } from "./add-stage.ts";
export { ParametrizedStageError, setFrozen } from "./frozen.ts";
export { listLegacyObjects, migrateCache } from "./migrate-cache.ts";
export { migrateRecords } from "./migrate-records.ts";
export type { MigratedRecords, MigrateRecordsOptions } from "./migrate-records.ts";
export { findMissingInRemotes } from "./missing-in-remotes.ts";
export type { FindMissingOptions } from "./missing-in-remotes.ts";
export { collectPlots } from "./plots/collect.ts";
export type { CollectPlotsOptions } from "./plots/collect.ts";
export { findUserTemplate } from "./plots/find-template.ts";
export type { FindTemplateOptions, UserTemplate } from "./plots/find-template.ts";
export { WORKSPACE } from "./named-revisions.ts";
export { importRepo, importUrl } from "./import-data.ts";
export type { Imported, ImportOptions, ImportRepoOptions, ImportUrlOptions } from "./import-data.ts";
export { ImportOptionsError } from "./import-errors.ts";
export { NotAnImportError } from "./import-source.ts";
export { isImport, updateImports } from "./update-imports.ts";
export type { Updated, UpdateOptions } from "./update-imports.ts";
export { collectCloudStatus } from "./cloud-status.ts";
export type { CloudStatus, CloudWord } from "./cloud-status.ts";
export { fetchData, fetchSelected } from "./fetch.ts";
export type { FetchOptions, FetchReport } from "./fetch.ts";
export { pullData } from "./pull.ts";
export type { PullOptions, PullReport } from "./pull.ts";
export { pushData } from "./push.ts";
export type { FailedObject, PlacedObject, PushOptions, PushReport } from "./push.ts";
export { selectForRemotes } from "./remote-selection.ts";
export type { RemoteScope, SelectedOutputs } from "./remote-selection.ts";
export { plotDiffRevisions } from "./plots/diff-revisions.ts";
export { reproduce, ReproductionDeclinedError, ReproductionError } from "./repro.ts";
export type { Reproduced, ReproduceEffects, ReproduceOptions, StageEvent } from "./repro.ts";
export * from "./stage-errors.ts";
export { CommitDeclinedError, commitStages, describeChanges } from "./commit.ts";
export type { CommitOptions } from "./commit.ts";
export { modifyPlot, PlotPropertyError } from "./plots/modify-plot.ts";
export type { PlotChanges } from "./plots/modify-plot.ts";
