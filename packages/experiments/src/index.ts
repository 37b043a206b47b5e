export * from "./errors.ts";
export { InvalidCheckpointPathError } from "./checkpoint-files.ts";
export { formatExperimentRef, parseExperimentRef } from "./experiment-ref.ts";
export type { ExperimentRef } from "./experiment-ref.ts";
export { formatCheckpointSelector, parseCheckpointSelector } from "./selector.ts";
export type { CheckpointSelector } from "./selector.ts";
export { findProject, openProject, toRepositoryPath } from "./project.ts";
export type { Project } from "./project.ts";
export { createTrackerProvider } from "./provider.ts";
export type { TrackerProviderOptions } from "./provider.ts";
export type { BaselineSelection } from "./baselines.ts";
export { listExperiments } from "./list.ts";
export type { BaselineList } from "./list.ts";
export { listRemote, listSelected } from "./list-selected.ts";
export type { LabelledExperiment, LabelledList } from "./list-selected.ts";
export { selectExperiments } from "./select-experiments.ts";
export type { ExperimentSelection } from "./select-experiments.ts";
export { InvalidQueryError } from "./query/errors.ts";
export { filterRows, matchesQuery } from "./query/match-query.ts";
export { flattenValues } from "./query/flat-values.ts";
export { parseQuery } from "./query/parse-query.ts";
export type { Query } from "./query/query.ts";
export type { QueryRow } from "./query/query-row.ts";
export { labelRefs } from "./labels/label-refs.ts";
export type { Labels } from "./labels/labels.ts";
export { readLabels } from "./labels/read-labels.ts";
export { InvalidNoteError, InvalidTagError } from "./labels/errors.ts";
export { noteExperiments, tagExperiments } from "./labels/write-labels.ts";
export type { TagChange, TagOptions } from "./labels/write-labels.ts";
export { listKeptCommits, listRunObjects } from "./kept-commits.ts";
export * from "./chain-errors.ts";
export { cleanProject } from "./clean.ts";
export type { CleanedProject } from "./clean.ts";
export { hasDvcQueue } from "./dvc-queue.ts";
export { listDvcEntries } from "./queued/dvc-entries.ts";
export type { DvcQueueEntry } from "./queued/dvc-entries.ts";
export { QueuedTaskTakenError } from "./queued/errors.ts";
export { findQueued } from "./queued/find-queued.ts";
export type { QueuedExperiment } from "./queued/find-queued.ts";
export { removeQueued } from "./queued/remove-queued.ts";
export { splitQueued } from "./queued/split-queued.ts";
export { findNewBaseline } from "./find-new-baseline.ts";
export type { BaselineMatch, NewBaseline } from "./find-new-baseline.ts";
export { planGc } from "./gc.ts";
export type { GcPlan, GcScope } from "./gc.ts";
export { expireOperations, OPERATION_DAYS } from "./operations/expire-operations.ts";
export * from "./operations/errors.ts";
export type {
  Operation,
  OperationKind,
  OperationRecord,
  OperationWorkspace,
  RefChange,
} from "./operations/operation.ts";
export { recordedUpdate } from "./operations/recorded-update.ts";
export type { RecordOptions } from "./operations/recorded-update.ts";
export { undoOperation } from "./operations/undo-operation.ts";
export type { UndoneOperation, UndoOptions } from "./operations/undo-operation.ts";
export { listOrphanedBaselines } from "./orphaned-baselines.ts";
export type { OrphanedBaseline } from "./orphaned-baselines.ts";
export { planRebase, rebaseExperiments } from "./rebase.ts";
export type { RebasePlan } from "./rebase.ts";
export { removeExperiments } from "./remove.ts";
export type { RemoveOptions } from "./remove.ts";
export { renameExperiment } from "./rename.ts";
export type { RenamedExperiment, RenameOptions } from "./rename.ts";
export { removeRemoteExperiments, renameRemoteExperiment } from "./share/change-remote.ts";
export type { RemotelyRemoved, RemotelyRenamed, RemoteRemoval } from "./share/change-remote.ts";
export { splitCheckpoints } from "./split-checkpoints.ts";
export type { SplitSelectors } from "./split-checkpoints.ts";
export { planThinning, thinExperiments } from "./thin.ts";
export type { ThinPlan, ThinRequest } from "./thin.ts";
export { parseThinPolicies } from "./thin-policy.ts";
export type { ThinPolicy } from "./thin-policy.ts";
export { listOperations } from "./operations/list-operations.ts";
export type { ListedOperation } from "./operations/list-operations.ts";
export { listUndoObjects } from "./workspace/kept-objects.ts";
export { undoApply } from "./workspace/undo-apply.ts";
export type { ApplyToUndo, UndoApplyOptions, UndoneApply } from "./workspace/undo-apply.ts";
export { applyExperiment } from "./apply.ts";
export type { AppliedExperiment, ApplyOptions } from "./apply.ts";
export type { ApplyPlan } from "./apply-plan.ts";
export { branchExperiment } from "./branch.ts";
export type { MadeBranch } from "./branch.ts";
export { SecretsFoundError } from "./secrets/find-secrets.ts";
export type { FoundSecret } from "./secrets/find-secrets.ts";
export { saveVariants } from "./save-variants.ts";
export type { SavedVariant, SaveVariantsOptions, Variant } from "./save-variants.ts";
export { saveExperiment } from "./save.ts";
export type { SavedExperiment, SaveOptions } from "./save.ts";
export { collectExperiments } from "./show/collect.ts";
export type { CollectOptions } from "./show/collect.ts";
export { formatDvcJson, formatDvcJsonParts } from "./show/dvc-json.ts";
export type * from "./show/view.ts";
export { planResume, restoreCheckpoint } from "./resume.ts";
export type { ResumePlan } from "./resume.ts";
export type { Continuation } from "./continuation.ts";
export type { RestorePlan } from "./restore.ts";
export { checkpointWorkspace } from "./checkpoint-workspace.ts";
export type { MadeCheckpoint, WorkspaceCheckpoint } from "./checkpoint-workspace.ts";
export { resolveTarget } from "./resolve-target.ts";
export { listRemoteExperiments } from "./share/list-remote.ts";
export type { RemoteExperiments } from "./share/list-remote.ts";
export { pullExperiments } from "./share/pull-experiments.ts";
export type { PulledExperiments } from "./share/pull-experiments.ts";
export { pushExperiments } from "./share/push-experiments.ts";
export type { PushedExperiments } from "./share/push-experiments.ts";
export type { RemoteSelection, SharedData, ShareEvent, ShareOptions } from "./share/share-options.ts";
export { examineProject } from "./doctor/examine.ts";
export type { ExaminedFinding, ExamineOptions } from "./doctor/examine.ts";
export type { Severity } from "./doctor/finding.ts";
export { verifyExperiments } from "./share/verify.ts";
export type { CheckedObjects, RemoteState, VerifiedExperiment, VerifyOptions } from "./share/verify.ts";
export type { CheckedData } from "./share/verify-data.ts";
export type { ExecuteRun, ExecuteRunOptions, RunCheckpoint, RunEffects, RunPlace, RunResult } from "./run/run-place.ts";
export {
  isRunGoingOn,
  listRunRecords,
  newRecordId,
  readRunRecord,
  runLogPath,
  runRecordFolder,
  runRecordsFolder,
  writeRunRecord,
} from "./run/run-record.ts";
export { executeRun } from "./run/execute-run.ts";
export { parseRunCommand } from "./run/command-line.ts";
export { planRun } from "./run/plan-run.ts";
export { requireTargets } from "./run/require-targets.ts";
export type { PlannedRun, RunRequest } from "./run/plan-run.ts";
export * from "./run/run-errors.ts";
export { makeRunStart } from "./run/run-start.ts";
export { runInWorkspace } from "./run/workspace-run.ts";
export type { RunKind, RunRecord, RunState } from "./run/run-record.ts";
export type * from "./run/run-spec.ts";
export { parseStopRule } from "./run/rules/parse-stop-rule.ts";
export type { ActiveExperiment } from "./active/active-state.ts";
export type { ExecutorState, LocalExecutor } from "./active/executor-state.ts";
export { findRunFiles, listOwnRuns } from "./active/own-runs.ts";
export type { OwnRun, RunFiles } from "./active/own-runs.ts";
export { RuleState } from "./run/rules/rule-state.ts";
export type { RuleStop } from "./run/rules/rule-state.ts";
export { RuleWatch } from "./run/rules/rule-watch.ts";
export type { RuleWatchOptions } from "./run/rules/rule-watch.ts";
export { formatStopRule } from "./run/rules/stop-rule.ts";
export type { MinDelta, Patience, StopCondition, StopOperator, StopRule } from "./run/rules/stop-rule.ts";
export { InvalidStopRuleError } from "./run/rules/stop-rule-error.ts";
export { LINK_SETTING } from "./places/bring-along.ts";
export type * from "./places/elsewhere.ts";
export { CopyPathError } from "./places/errors.ts";
export { removeIdlePlaces } from "./places/idle-places.ts";
export { runElsewhere } from "./places/run-elsewhere.ts";
export { snapshotWorkspace } from "./places/snapshot-workspace.ts";
export { planOverrides } from "./overrides/plan-overrides.ts";
export type { OverrideSet, PlanOverridesOptions } from "./overrides/override-set.ts";
export * from "./overrides/errors.ts";
export * from "./executors/slurm/index.ts";
export * from "./queue/index.ts";
