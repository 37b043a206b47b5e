import { join } from "node:path";
import { parseCommitMessage } from "@waymark/core";
import { parseCommit, PrivateIndex, readObjectsSync, readRef, type RefUpdate, runGitSync } from "@waymark/git";
import type { DataStore, JobOptions } from "@waymark/store";
import { APPLIED_REF, DVC_APPLIED_REF } from "./applied.ts";
import { type ApplyPlan, planApply } from "./apply-plan.ts";
import { ExperimentNotFoundError, FilesInTheWayError, MissingDataError, UnfinishedMergeError } from "./errors.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import { recordedUpdate } from "./operations/recorded-update.ts";
import { prepareDvcFolder } from "./prepare-dvc-folder.ts";
import type { Project } from "./project.ts";
import { type ProjectDataOptions, withProjectData } from "./project-data.ts";
import { findQueued } from "./queued/find-queued.ts";
import { resolveTarget, type Target } from "./resolve-target.ts";
import { readRunFile } from "./run-file.ts";
import { shareMainCache } from "./share-main-cache.ts";
import { refreshIndex } from "./workspace/index-entries.ts";
import { keepWorkspace } from "./workspace/workspace-record.ts";
import { removeFiles, writeFiles } from "./write-files.ts";

/** How {@link applyExperiment} treats what is in its way. */
export interface ApplyOptions extends JobOptions, ProjectDataOptions {
  /** Replaces files whose changes are saved nowhere; `exp undo` gives them back. Default false. */
  readonly force?: boolean;
  /** Applies the rest when the cache lacks data. Default false. */
  readonly allowMissing?: boolean;
  /** Changes nothing. Default false. */
  readonly isDryRun?: boolean;
}

/** What applying did, or would do. */
export interface AppliedExperiment extends ApplyPlan {
  /** The operation that can be undone; `undefined` when nothing changed. */
  readonly operation: string | undefined;
}

/**
 * Makes the files of the workspace those of an experiment or one of its checkpoints. HEAD stays, and so does everything
 * that is staged; entries of the index are compared with what was written.
 *
 * Files that the experiment deleted, and those of an earlier experiment that this one does not have, are removed;
 * untracked files that no experiment knows stay. What was there before is kept, so that the whole can be undone.
 *
 * @param selector - `NAME`, `NAME@STEP`, a ref or any revision; the name or id of a task that waits, or has failed.
 * @throws {@link FilesInTheWayError} naming the files whose changes would be lost, {@link MissingDataError} naming what
 *   the cache lacks, {@link RunInProgressError}, {@link UnfinishedMergeError}, {@link SubmoduleInTheWayError}: nothing has
 *   been changed then.
 */
export async function applyExperiment(
  project: Project,
  selector: string,
  options: ApplyOptions = {},
): Promise<AppliedExperiment> {
  const { repo } = project;
  repo.requireSha1();
  const target = resolveApplied(project, selector);
  shareMainCache(project);
  return withProjectData(project, options, async (store) => {
    const index = new PrivateIndex(repo);
    try {
      refuseConflicts(project, index);
      const plan = await planApply(project, { index, store }, target, listPrevious(project, target.commit), options);
      requireNothingLost(plan, selector, options);
      if (options.isDryRun === true) return { ...plan, operation: undefined };
      const operation = await record(project, { index, store }, plan);
      await carryOut(project, { index, store }, plan, options);
      return { ...plan, operation };
    } finally {
      index[Symbol.dispose]();
    }
  });
}

/** As DVC, goes by what waits or has failed where no experiment has the name: its params and code, without results. */
function resolveApplied(project: Project, selector: string): Target {
  try {
    return resolveTarget(project.repo, selector);
  } catch (error) {
    if (!(error instanceof ExperimentNotFoundError)) throw error;
    const queued = findQueued(project, selector);
    if (queued === undefined) throw error;
    return { commit: queued.commit, experiment: undefined, step: undefined, label: selector };
  }
}

function refuseConflicts({ repo }: Project, index: PrivateIndex): void {
  if (!index.hasConflicts) return;
  const { stdout } = runGitSync(repo, ["diff", "--name-only", "-z", "--diff-filter=U"]);
  throw new UnfinishedMergeError(stdout.toString().split("\0").filter(Boolean));
}

function requireNothingLost(plan: ApplyPlan, selector: string, options: ApplyOptions): void {
  if (plan.data.missing.length > 0 && options.allowMissing !== true) {
    const hint = "Fetch it with `waymark exp pull`, or apply everything else with `--allow-missing`.";
    throw new MissingDataError(`Applying '${selector}'`, plan.data.missing, hint);
  }
  if (plan.inTheWay.length > 0 && options.force !== true) {
    const hint = "Commit them or save them with `waymark exp save`, or go on with `--force`, which keeps a copy.";
    throw new FilesInTheWayError(`Applying '${selector}'`, plan.inTheWay, hint);
  }
}

/**
 * Keeps what is there now, and says what is being applied: before anything changes, so that a kill half-way can be
 * undone as well.
 */
async function record(
  project: Project,
  stores: { readonly index: PrivateIndex; readonly store: DataStore },
  plan: ApplyPlan,
): Promise<string | undefined> {
  const { repo } = project;
  const { target, writes, removes, data, workTree, known } = plan;
  const files = [...writes.map(({ path }) => path), ...removes];
  const updates = listRefUpdates(project, target.commit);
  if (files.length + data.plans.length === 0 && updates.length === 0) return undefined;
  const places = data.plans.map((each) => each.target.path);
  const why = `Workspace before applying ${target.label}`;
  const kept = await keepWorkspace(project, stores, { files, data: places, workTree, known, why });
  const summary = `apply ${target.label}`;
  const workspace = { commit: kept, applied: target.commit };
  const { id } = await recordedUpdate(repo, "apply", summary, updates, { workspace });
  return id;
}

function listRefUpdates({ repo }: Project, commit: string): RefUpdate[] {
  const applied = readRef(repo, APPLIED_REF) ?? null;
  const updates: RefUpdate[] = applied === commit ? [] : [{ ref: APPLIED_REF, newId: commit, oldId: applied }];
  // DVC goes by what it applied itself: where it says so, it is told the truth; where not, nothing of ours is left.
  const dvc = readRef(repo, DVC_APPLIED_REF);
  if (dvc !== undefined && dvc !== commit) updates.push({ ref: DVC_APPLIED_REF, newId: commit, oldId: dvc });
  return updates;
}

/** Data first, then what names it. Killed half-way, the same call completes it: every file is old or new. */
async function carryOut(
  project: Project,
  { index, store }: { readonly index: PrivateIndex; readonly store: DataStore },
  plan: ApplyPlan,
  options: JobOptions,
): Promise<void> {
  const { root, repo } = project;
  const { signal, onProgress } = options;
  await store.applyCheckout(plan.data.plans, { root, signal, onProgress });
  removeFiles(project, plan.removes);
  writeFiles(project, plan.writes);
  prepareDvcFolder(project);
  const changed = [...plan.writes.map(({ path }) => path), ...plan.removes];
  refreshIndex(
    repo,
    changed.filter((path) => index.stagedPaths.has(path)),
  );
}

/** Commits whose files the workspace may hold: the one applied last, and that of the run in the live folder. */
function listPrevious(project: Project, target: string): string[] {
  const { repo, root } = project;
  const applied = [...new Set([APPLIED_REF, DVC_APPLIED_REF].flatMap((ref) => readRef(repo, ref) ?? []))];
  const commits = readObjectsSync(repo, [target, ...applied]).map((object) =>
    object?.type === "commit" ? parseCommit(object.data) : undefined,
  );
  const folders = commits.flatMap((commit) => {
    return commit === undefined ? [] : (parseCommitMessage(commit.message).trailers.folder ?? []);
  });
  // The first is the target; what is not here any more says nothing.
  const previous = applied.filter((_, at) => commits[at + 1] !== undefined);
  for (const folder of new Set(["live", ...folders])) {
    const run = readRunFile(join(root, folder));
    if (run?.experimentName == null || run.baseline == null) continue;
    const tip = readRef(repo, formatExperimentRef(run.baseline, run.experimentName));
    if (tip !== undefined) previous.push(tip);
  }
  return [...new Set(previous)];
}
