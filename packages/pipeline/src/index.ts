export { CommitSource } from "./project/commit-source.ts";
export { parseDataFile } from "./values/data-file.ts";
export { loadProject, openDvcProject, withProjectLock } from "./project/dvc-project.ts";
export type { DvcProject, Environment, LoadOptions, OpenDvcProjectOptions } from "./project/dvc-project.ts";
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
} from "./project/project.ts";
export { describeProblem } from "./project/problem.ts";
export type { ReadProblem } from "./project/problem.ts";
export { RevisionReader } from "./project/revision.ts";
export type { CollectOptions, RevisionContent, RevisionReaderOptions } from "./project/revision.ts";
export { makeRecipe, parseMetricsFile, parseParamsFile } from "./project/revision-recipe.ts";
export type { RevisionRecipe } from "./project/revision-recipe.ts";
export { isProjectFile } from "./project/revision-source.ts";
export type { EntryKind, RevisionSource } from "./project/revision-source.ts";
export { relativeTo, stageAddress } from "./project/stage-address.ts";
export { TreeCache } from "./project/tree-cache.ts";
export { WorkspaceSource } from "./project/workspace-source.ts";
export { collectUsedObjects, objectNames } from "./data/used-objects.ts";
export type { OutputSelection, UsedContent, UsedGroup, UsedObjects, UsedObjectsOptions } from "./data/used-objects.ts";
export { selectOutputs } from "./data/select-outputs.ts";
export { TargetNotFoundError } from "./graph/target-errors.ts";
export type { SelectOutputsOptions } from "./data/select-outputs.ts";
export { InvalidDateError, listScopedCommits } from "./project/revision-scope.ts";
export type { RevisionScope, ScopedCommit } from "./project/revision-scope.ts";
export { loadScopedStages, projectPrefix, RevisionUnreadableError } from "./project/scoped-stages.ts";
export type { ScopedStages } from "./project/scoped-stages.ts";
export { checkIgnored } from "./project/ignored.ts";
export { InitError, initProject } from "./data/init.ts";
export type { InitializedProject, InitOptions } from "./data/init.ts";
export { describeGitAdd, ProjectEdit, stageFiles } from "./project/project-edit.ts";
export type { FinishedEdit } from "./project/project-edit.ts";
export { buildGraph, indexOutputs, listNeededOutputs, StageGraph } from "./graph/graph.ts";
export type { GraphOptions, OwnedOutput, StepOptions } from "./graph/graph.ts";
export * from "./graph/graph-errors.ts";
export { resolveStages, resolveTargets, StageNotFoundError } from "./graph/targets.ts";
export type { TargetOptions, TargetProject, TargetSelection } from "./graph/targets.ts";
export { ChangeLookup, recordedContentHash } from "./changes/change-lookup.ts";
export type { ChangeLookupOptions } from "./changes/change-lookup.ts";
export { collectStageChanges, hasChanges, isCallback, isRepositoryImport } from "./changes/changes.ts";
export type { ChangeOptions, ChangeWord, DependencyChange, OutputChange, StageChanges } from "./changes/changes.ts";
export type { ParamsChange, ParamWord } from "./changes/param-changes.ts";
export { isPythonEqual } from "./values/python-equal.ts";
export { collectChanges, formatStatus } from "./changes/status.ts";
export type { ProjectStatus, StatusEntries, StatusItem } from "./changes/status.ts";
export type { ValueChange, ValueChanges } from "./values/compare-values.ts";
export { openFigureProject } from "./figures/figure-project.ts";
export type { FigureProject, FindOther } from "./figures/figure-project.ts";
export { showMetrics } from "./figures/metrics-show.ts";
export type { ShowMetricsOptions } from "./figures/metrics-show.ts";
export { NoGitError } from "./figures/named-revisions.ts";
export { failedRevisions } from "./figures/revision-values.ts";
export type { RevisionValues, ValuesByRevision } from "./figures/revision-values.ts";
export { diffMetrics, diffParams } from "./values/values-diff.ts";
export type { ParamsDiffOptions, ValuesDiff, ValuesDiffOptions } from "./values/values-diff.ts";
export { collectDag } from "./graph/dag.ts";
export type { Dag, DagOptions } from "./graph/dag.ts";
export { PathLocks } from "./repro/path-locks.ts";
export type { HeldPathLocks, LockedPaths, PathLockHolder, PathLocksOptions } from "./repro/path-locks.ts";
export { PathBusyError, PathLocksCorruptError } from "./repro/path-lock-errors.ts";
export { RunCache, runCacheNames } from "./repro/run-cache.ts";
export type { RunCacheNames, RunCacheOptions } from "./repro/run-cache.ts";
export { runStageCommand, shellCommand, splitStageCommand, StageCommandError } from "./repro/run-stage-command.ts";
export type { StageCommandOptions } from "./repro/run-stage-command.ts";
export { runProgram } from "./repro/run-program.ts";
export type { CommandEnd, CommandOutput, RunProgramOptions } from "./repro/run-program.ts";
export { ExternalData } from "./imports/external-data.ts";
export * from "./imports/external-errors.ts";
export { openExternalRepo } from "./imports/external-repo.ts";
export type { ExternalProject, ExternalRepo, ExternalRepoOptions } from "./imports/external-repo.ts";
export { ExternalView } from "./imports/external-view.ts";
export {
  DvcFileTargetError,
  externalPath,
  findExternalUrl,
  getExternal,
  pathSeenFrom,
} from "./imports/get-external.ts";
export type { GetOptions } from "./imports/get-external.ts";
export { getUrl, listUrl, treeUrl } from "./imports/get-url.ts";
export type { GetUrlOptions, ListUrlOptions, UrlAccess } from "./imports/get-url.ts";
export { listExternal, treeExternal } from "./imports/list-external.ts";
export type { ListedEntry, ListOptions } from "./imports/list-external.ts";
export { addData } from "./data/add.ts";
export type { Added, AddOptions } from "./data/add.ts";
export { addFromElsewhere } from "./data/add-elsewhere.ts";
export type { AddFromElsewhereOptions } from "./data/add-elsewhere.ts";
export { CannotAddError } from "./data/add-errors.ts";
export { checkoutOutputs, checkoutProject, UnsavedDataError } from "./data/checkout-project.ts";
export type { CheckedOut, CheckoutProjectOptions } from "./data/checkout-project.ts";
export { collectDataStatus } from "./data/data-status.ts";
export type { DataChanges, DataStatus, DataStatusOptions, RemoteEntry } from "./data/data-status.ts";
export { destroyProject, listProjectFiles } from "./data/destroy.ts";
export { diffRevisions } from "./data/diff.ts";
export type { DiffEntry, DiffOptions, DiffReport, OldAndNew } from "./data/diff.ts";
export { IncompleteFoldersError, planGarbage, removePlanned } from "./data/gc.ts";
export type { GarbageOptions, GarbagePlan, KeptData, RemoteGarbage } from "./data/gc.ts";
export type { CacheObject } from "./data/cache-objects.ts";
export { expandTargets, NoMatchError } from "./graph/glob-targets.ts";
export { CannotMoveError, moveData } from "./data/move.ts";
export type { Moved } from "./data/move.ts";
export { recordContent, withChecksum } from "./repro/record-content.ts";
export { GeneratedStageError, removeStages } from "./data/remove.ts";
export type { RemoveStagesOptions } from "./data/remove.ts";
export { NothingToUnprotectError, unprotectData } from "./data/unprotect.ts";
export { hashContent, hashOutputs } from "./data/workspace-contents.ts";
export type { HashOutputsOptions, WorkspaceContent } from "./data/workspace-contents.ts";
export { addStage, InvalidStageError } from "./stages/add-stage.ts";
export type { AddedStage, NewOutput, NewStage } from "./stages/add-stage.ts";
export { ParametrizedStageError, setFrozen } from "./stages/frozen.ts";
export { listLegacyObjects, migrateCache } from "./data/migrate-cache.ts";
export { migrateRecords } from "./data/migrate-records.ts";
export type { MigratedRecords, MigrateRecordsOptions } from "./data/migrate-records.ts";
export { findMissingInRemotes } from "./remotes/missing-in-remotes.ts";
export type { FindMissingOptions } from "./remotes/missing-in-remotes.ts";
export { collectPlots } from "./figures/plots/collect.ts";
export type { CollectPlotsOptions } from "./figures/plots/collect.ts";
export { findUserTemplate } from "./figures/plots/find-template.ts";
export type { FindTemplateOptions, UserTemplate } from "./figures/plots/find-template.ts";
export { WORKSPACE } from "./figures/named-revisions.ts";
export { importRepo, importUrl } from "./imports/import-data.ts";
export type { Imported, ImportOptions, ImportRepoOptions, ImportUrlOptions } from "./imports/import-data.ts";
export { ImportOptionsError } from "./imports/import-errors.ts";
export { NotAnImportError } from "./imports/import-source.ts";
export { isImport, updateImports } from "./imports/update-imports.ts";
export type { Updated, UpdateOptions } from "./imports/update-imports.ts";
export { collectCloudStatus } from "./remotes/cloud-status.ts";
export type { CloudStatus, CloudWord } from "./remotes/cloud-status.ts";
export { fetchData, fetchSelected } from "./remotes/fetch.ts";
export type { FetchOptions, FetchReport } from "./remotes/fetch.ts";
export { pullData } from "./remotes/pull.ts";
export type { PullOptions, PullReport } from "./remotes/pull.ts";
export { pushData } from "./remotes/push.ts";
export type { FailedObject, PlacedObject, PushOptions, PushReport } from "./remotes/push.ts";
export { planRemoteWork, selectForRemotes, withOpenRemote } from "./remotes/remote-selection.ts";
export type { RemoteScope, RemoteWork, SelectedOutputs } from "./remotes/remote-selection.ts";
export { plotDiffRevisions } from "./figures/plots/diff-revisions.ts";
export { snapshotStage } from "./repro/snapshot-stage.ts";
export type { StageSnapshot } from "./repro/snapshot-stage.ts";
export { lockFileOf } from "./repro/lock-file.ts";
export { planReproduction, reproduce, ReproductionDeclinedError, ReproductionError } from "./repro/repro.ts";
export type {
  Reproduced,
  ReproduceEffects,
  ReproduceOptions,
  ReproductionPlan,
  StageEvent,
  StageSettings,
} from "./repro/repro.ts";
export * from "./repro/stage-errors.ts";
export { CommitDeclinedError, commitStages, describeChanges } from "./repro/commit.ts";
export type { CommitOptions } from "./repro/commit.ts";
export { modifyPlot, PlotPropertyError } from "./figures/plots/modify-plot.ts";
export type { PlotChanges } from "./figures/plots/modify-plot.ts";
export { editParamsFile, paramsFileEditor, readParamsFile } from "./params/edit-params-file.ts";
