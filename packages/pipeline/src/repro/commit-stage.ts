import { compareCodePoints, type DvcLockEntry, type DvcLockStage } from "@waymark/core";
import { join } from "node:path";
import { isCallback } from "../changes/changes.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import type { StageRecord } from "./lock-file.ts";
import type { ProjectStage } from "../project/project.ts";
import { RunCache } from "./run-cache.ts";
import { stageAddress } from "../project/stage-address.ts";
import type { StageGit } from "./stage-git.ts";
import { isInside } from "./stage-git.ts";
import { hashInputs, type HashInputsOptions, type StageInputs } from "./stage-inputs.ts";
import { saveOutputs, type SaveOutputsOptions } from "./stage-outputs.ts";

/** Options of {@link recordStage}. */
export interface RecordStageOptions extends HashInputsOptions, SaveOutputsOptions {
  readonly git: StageGit;
  /** Keeps what the stage made of its inputs, so that it need not run again. Default: `isCommitting`. */
  readonly isSavingRun?: boolean;
}

/** A stage as it is now, ready to be recorded. */
export interface RecordedStage extends StageRecord {
  /** Files that were written on the way, relative to the project. */
  readonly files: readonly string[];
}

/**
 * Takes a stage as it is now: hashes inputs, stores outputs, has Git ignore them, keeps the run. What comes back is to
 * be written to its lock file.
 *
 * @throws As `hashInputs` and `saveOutputs`.
 */
export async function recordStage(
  project: DvcProject,
  stage: ProjectStage,
  options: RecordStageOptions,
): Promise<RecordedStage> {
  for (const out of stage.outs) options.git.requireUntracked(stage, out);
  options.git.requireLockFile(stage);
  const isImport = stage.command === undefined && stage.deps.length > 0;
  // An import keeps what it says of its source until it is updated.
  const inputs: StageInputs = isImport ? recordedInputs(stage) : await hashInputs(project, stage, options);
  const isSavingRun = (options.isSavingRun ?? options.isCommitting) && isRunKept(stage, inputs);
  const outs = await saveOutputs(project, stage, { ...options, isKeepingUncached: isSavingRun });
  const files = options.git.ignore(stage.outs);
  const entry = lockStage(stage, inputs, outs);
  if (isSavingRun && outs.length === stage.outs.length) openRunCache(project).save(entry);
  return { stage, entry, files };
}

/** Opens the run cache of a project. */
export function openRunCache(project: DvcProject, onCorrupt?: (path: string) => void): RunCache {
  const temporaryFolder = join(project.dvcDir, "tmp", "waymark");
  return new RunCache(project.cache.cacheDir, { temporaryFolder, ...(onCorrupt === undefined ? {} : { onCorrupt }) });
}

/** Puts together what dvc.lock says of a stage. */
export function lockStage(stage: ProjectStage, inputs: StageInputs, outs: readonly DvcLockEntry[]): DvcLockStage {
  return { cmd: stage.command ?? "", deps: inputs.deps, params: inputs.params, outs };
}

/** What is looked up in the run cache: the inputs as they are, and only the paths of the outputs. */
export function wantedRun(stage: ProjectStage, inputs: StageInputs): DvcLockStage {
  const outs = stage.outs.map(({ text }) => ({ path: text })).toSorted((a, b) => compareCodePoints(a.path, b.path));
  return lockStage(stage, inputs, outs);
}

/**
 * Tells whether runs of a stage can be found again: it says what goes in and what comes out, all of it on this machine
 * and hashed, and nothing that comes out goes in again.
 */
export function isRepeatable(stage: ProjectStage, inputs: StageInputs): boolean {
  if (stage.command === undefined || stage.name === undefined || stage.isAlwaysChanged || isCallback(stage))
    return false;
  const hasInputs = stage.deps.length + stage.params.length > 0;
  const isHashed = inputs.deps.length === stage.deps.length && stage.deps.every(isLocal);
  return (
    hasInputs && isHashed && stage.outs.length > 0 && stage.outs.every((out) => isInside(out.path) && !out.isPersistent)
  );
}

/** Where plain outputs are not cached, there is nothing to give back. */
function isRunKept(stage: ProjectStage, inputs: StageInputs): boolean {
  return isRepeatable(stage, inputs) && stage.outs.every((out) => out.isCached || out.role !== "out");
}

function isLocal({ kind, path }: ProjectStage["deps"][number]): boolean {
  return kind === "path" && !path.includes("://");
}

function recordedInputs(stage: ProjectStage): StageInputs {
  return { deps: stage.deps.flatMap(({ recorded }) => (recorded === undefined ? [] : [recorded])), params: {} };
}

/** Names a stage in messages, as seen from the current folder. */
export function nameOf(project: DvcProject, stage: ProjectStage): string {
  return stageAddress(stage, project.folder);
}
