import { join } from "node:path";
import { type Continuation, describeContinuation, planContinuation } from "./continuation.ts";
import { RunInProgressError } from "./errors.ts";
import { findNamedOrigin } from "./find-origin.ts";
import type { Project } from "./project.ts";
import { applyRestore, planRestore, type RestorePlan } from "./restore.ts";
import { isRunning, readRunFile } from "./run-file.ts";
import { formatCheckpointSelector } from "./selector.ts";
import { shareMainCache } from "./share-main-cache.ts";

/** What resuming an experiment from the command line would do. */
export interface ResumePlan {
  /** `NAME@STEP`: what the program is told to go on from. */
  readonly selector: string;
  readonly experimentName: string;
  readonly step: number;
  readonly commit: string;
  /** The live folder, relative to the repository; empty for the root. */
  readonly folder: string;
  readonly restore: RestorePlan;
  readonly continuation: Continuation;
  /** The same in one sentence. */
  readonly summary: string;
  /** How the run was started, program first; `undefined` when it does not say. */
  readonly command: readonly string[] | undefined;
  /** Where it was started, absolute. */
  readonly cwd: string;
}

/**
 * Works out what resuming `NAME` or `NAME@STEP` in this workspace does. No file of it is changed.
 *
 * @throws {@link ExperimentNotFoundError}, {@link CheckpointNotFoundError}, {@link MissingDataError} when the cache lacks
 *   the checkpoint's files, {@link RunInProgressError} when a process logs into its live folder.
 */
export function planResume(project: Project, selector: string): ResumePlan {
  const origin = findNamedOrigin(project.repo, selector);
  shareMainCache(project);
  const { point, experiment } = origin;
  const { folder: recorded, cwd, command } = point.trailers;
  const folder = recorded === undefined ? "live" : recorded === "." ? "" : recorded;
  const dir = join(project.root, folder);
  const run = readRunFile(dir);
  if (run !== undefined && isRunning(run)) throw new RunInProgressError(folder === "" ? "." : folder, run.pid);
  const continuation = planContinuation(project, origin, dir);
  const step = point.trailers.step ?? 0;
  return {
    selector: formatCheckpointSelector(isOnlyOfItsName(selector) ? experiment.name : experiment.ref, step),
    ...{ experimentName: experiment.name, step, commit: point.id, folder, command, continuation },
    restore: planRestore(project, origin, dir),
    summary: describeContinuation(origin, continuation),
    cwd: join(project.root, cwd ?? "."),
  };
}

/** Puts the files of the checkpoint in place. Killed half-way, it can be done again. */
export function restoreCheckpoint(project: Project, plan: ResumePlan): void {
  applyRestore(project, plan.restore);
}

/** Who typed a full ref had a reason: the name alone would be ambiguous. */
function isOnlyOfItsName(selector: string): boolean {
  return !selector.startsWith("refs/");
}
