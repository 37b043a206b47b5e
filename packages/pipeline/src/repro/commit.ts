import { TrackerError } from "@waymark/core";
import type { DataProgress } from "@waymark/store";
import { ChangeLookup } from "../changes/change-lookup.ts";
import { collectStageChanges, hasChanges, type StageChanges } from "../changes/changes.ts";
import { nameOf, recordStage } from "./commit-stage.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { loadProject } from "../project/dvc-project.ts";
import { writeStageRecords, type StageRecord } from "./lock-file.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import { stageFiles, type FinishedEdit } from "../project/project-edit.ts";
import type { ProjectStage } from "../project/project.ts";
import { StageSources } from "./sources.ts";
import { absolutePath, kindAt } from "./stage-content.ts";
import { MissingOutputError } from "./stage-errors.ts";
import { StageGit } from "./stage-git.ts";
import { resolveTargets, type TargetSelection } from "../graph/targets.ts";

/** Something changed, and nobody said that it is to be recorded. */
export class CommitDeclinedError extends TrackerError {
  override readonly code = "COMMIT_DECLINED";
  readonly stage: string;

  constructor(stage: string, changes: StageChanges) {
    super(`Stage '${stage}' is not recorded: ${describeChanges(changes)}`, {
      hint: "Run the stage with `waymark repro`, or record it as it is with `--force`.",
    });
    this.stage = stage;
  }
}

/** Options of {@link commitStages}. */
export interface CommitOptions {
  /** Adds the stages that those named need. Default `false`. */
  readonly withDeps?: boolean;
  /** Folders stand for the stages in them. Default `false`. */
  readonly isRecursive?: boolean;
  /** Asks nothing. Default `false`. */
  readonly force?: boolean;
  /** What is stored shares its bytes with the cache, as configured. Default `true`. */
  readonly relink?: boolean;
  /**
   * A stage with an output that is recorded and not there keeps what is recorded of it, and so does an input. Default
   * `false`: it is an error.
   */
  readonly allowMissing?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Hears how far hashing and storing has come. Default: nobody does. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Asked about each stage that changed. Default: it is not recorded. */
  readonly confirm?: ((stage: ProjectStage, changes: StageChanges) => Promise<boolean>) | undefined;
}

/**
 * Records stages and data as they are now, as if their commands had just made it so: what they need, what they made, and
 * their commands. Nothing is run.
 *
 * @param targets - As typed. Default: everything.
 * @throws {@link CommitDeclinedError}, {@link MissingOutputError}; what files before it record stays so.
 */
export async function commitStages(
  project: DvcProject,
  targets: readonly string[],
  options: CommitOptions = {},
): Promise<FinishedEdit> {
  const { stages } = await loadProject(project);
  const { withDeps = false, isRecursive = false } = options;
  const selections = resolveTargets(project, stages, targets, { withDeps, isRecursive });
  const sources = new StageSources(project, stages, options.signal);
  const { signal, onProgress } = options;
  const lookup = new ChangeLookup(project, { ...sources.lookupOptions, onProgress });
  const git = new StageGit(
    project,
    selections.map(({ stage }) => stage),
  );
  const files = new Set<string>();
  const records: StageRecord[] = [];
  const save = (): void => {
    // Hundreds of stages of one dvc.yaml are recorded in one go.
    for (const file of writeStageRecords(project, records.splice(0))) files.add(file);
  };
  for (const selection of selections) {
    options.signal?.throwIfAborted();
    if (options.allowMissing === true && isAbsent(project, selection)) continue;
    // The stages of one file are recorded together, or, when one of them cannot be, not at all: as DVC does.
    if (records.some(({ stage }) => stage.file !== selection.stage.file)) save();
    requirePart(project, selection);
    await requireConsent(project, selection, lookup, options);
    const record = await recordStage(project, selection.stage, {
      git,
      isCommitting: true,
      isRelinking: options.relink ?? true,
      allowMissing: options.allowMissing ?? false,
      signal,
      onProgress,
      onlyPath: selection.path,
      hashUrl: sources.hashUrl,
    });
    for (const file of record.files) files.add(file);
    records.push(record);
  }
  save();
  const isStaged = project.config.isAutostaging && project.repo !== undefined;
  if (isStaged) stageFiles(project, [...files]);
  return { files: [...files], isStaged };
}

async function requireConsent(
  project: DvcProject,
  { stage }: TargetSelection,
  lookup: ChangeLookup,
  options: CommitOptions,
): Promise<void> {
  if (options.force === true) return;
  const changes = await collectStageChanges(project, stage, { lookup });
  const isSame = changes.outs.every(({ word }) => word === "not in cache") && !hasChanges({ ...changes, outs: [] });
  if (isSame || (await options.confirm?.(stage, changes)) === true) return;
  throw new CommitDeclinedError(nameOf(project, stage), changes);
}

/** Refuses a place in an output where there is nothing to store. */
function requirePart(project: DvcProject, { stage, path }: TargetSelection): void {
  if (path === undefined || stage.outs.some((out) => out.path === path)) return;
  if (kindAt(absolutePath(project, path)) === undefined) throw new MissingOutputError(nameOf(project, stage), path);
}

/**
 * Tells whether outputs of a stage are recorded and not there, as in a clone that has not pulled them.
 *
 * @throws {@link MissingOutputError} for one that was never made.
 */
function isAbsent(project: DvcProject, selection: TargetSelection): boolean {
  const isSelected = selectorOf(selection);
  const isThere = (path: string): boolean => path.includes("://") || kindAt(absolutePath(project, path)) !== undefined;
  const absent = selection.stage.outs.filter((out) => isSelected(out) && !isThere(out.path));
  const unknown = absent.find(({ hash }) => hash === null);
  if (unknown !== undefined) throw new MissingOutputError(nameOf(project, selection.stage), unknown.path);
  return absent.length > 0;
}

/** Only an output that was named matters. */
function selectorOf({ path }: TargetSelection): (out: { readonly path: string }) => boolean {
  return path === undefined ? () => true : (out) => isAtOrBelow(path, out.path);
}

/** Says in words what changed. */
export function describeChanges(changes: StageChanges): string {
  const inputs = [...changes.deps.map(({ dep }) => dep.path), ...changes.params.map(({ params }) => params.path)];
  const parts = [
    inputs.length === 0 ? undefined : `its inputs changed (${inputs.join(", ")})`,
    changes.outs.length === 0
      ? undefined
      : `its outputs changed (${changes.outs.map(({ out }) => out.path).join(", ")})`,
    changes.isCommandChanged ? "its command changed" : undefined,
    changes.isChecksumChanged ? "its file was edited by hand" : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ") || "it changes always";
}
