import { join, posix } from "node:path";
import { ObjectReader, readRef } from "@waymark/git";
import {
  checkoutOutputs,
  CommitSource,
  type DvcProject,
  type OutputSelection,
  projectPrefix,
  type ProjectStage,
  RevisionReader,
  type StageOutput,
  TreeCache,
} from "@waymark/pipeline";
import { formatExperimentRef } from "../experiment-ref.ts";
import { findNamedOrigin, type Origin } from "../find-origin.ts";
import type { Project } from "../project.ts";
import { applyRestore, planRestore } from "../restore.ts";
import { formatCheckpointSelector, parseCheckpointSelector } from "../selector.ts";
import { listTree } from "../tree-diff.ts";
import { writeFiles } from "../write-files.ts";
import type { RunPipeline } from "./run-context.ts";
import type { RunOrigin } from "./run-spec.ts";

/** Finds the checkpoint that a run goes on from, among the experiments of its baseline first. */
export function findRunOrigin({ repo }: Project, baseline: string, resume: RunOrigin): Origin {
  const { name, step } = parseCheckpointSelector(resume.selector);
  const ref = formatExperimentRef(baseline, name);
  const selector = readRef(repo, ref) === undefined ? resume.selector : formatCheckpointSelector(ref, step);
  const origin = findNamedOrigin(repo, selector);
  // The name may have moved on since the run was planned.
  const point = origin.chain.find(({ id }) => id === resume.commit) ?? origin.point;
  return { ...origin, point, isNewest: origin.isNewest && point === origin.point };
}

/**
 * Puts the files of a checkpoint in place: those of the logger, those listed with it, and what the stages that have
 * checkpoints had made by then. Code, params and dvc.lock stay as they are. The caller of a pipeline holds the lock of
 * the project.
 *
 * @throws `MissingDataError` when the cache lacks some of the content.
 */
export async function restoreRun(project: Project, origin: Origin, pipeline: RunPipeline | undefined): Promise<void> {
  const { folder } = origin.point.trailers;
  applyRestore(project, planRestore(project, origin, join(project.root, folder ?? "live")));
  const stages = pipeline?.steps.filter(hasCheckpoints) ?? [];
  if (pipeline === undefined || stages.length === 0) return;
  await restoreOutputs(project, pipeline.dvc, origin.point.commit.tree, stages);
}

/**
 * Puts what stages had made by a commit in place. The caller holds the lock of the project.
 *
 * @param isMeant - Chooses outputs. Default: all of them.
 */
export async function restoreOutputs(
  project: Project,
  dvc: DvcProject,
  tree: string,
  stages: readonly ProjectStage[],
  isMeant: (out: StageOutput) => boolean = () => true,
): Promise<void> {
  const outs = (await readOutputs(project, dvc, tree, stages)).filter(({ out }) => isMeant(out));
  await checkoutOutputs(
    dvc,
    outs.filter(({ out }) => out.isCached && out.hash !== null),
    { force: true },
  );
  const prefix = projectPrefix(project.repo, dvc.root);
  const uncached = outs.filter(({ out }) => !out.isCached).map(({ out }) => posix.join(prefix, out.path));
  if (uncached.length > 0) writeFiles(project, listTree(project.repo, tree, uncached));
}

/** Tells whether a stage says that what it makes is what it goes on from. */
export function hasCheckpoints(stage: ProjectStage): boolean {
  return stage.outs.some((out) => out.isCheckpoint);
}

async function readOutputs(
  project: Project,
  dvc: DvcProject,
  tree: string,
  stages: readonly ProjectStage[],
): Promise<readonly OutputSelection[]> {
  const reader = new ObjectReader(project.repo);
  try {
    const source = new CommitSource(new TreeCache(reader), tree, projectPrefix(project.repo, dvc.root), dvc.root);
    const then = await new RevisionReader({ cache: dvc.cache }).readProject(source, { onError: () => undefined });
    const wanted = new Set(stages.map(({ file, name }) => `${file}\0${name ?? ""}`));
    return then.stages
      .filter(({ file, name }) => wanted.has(`${file}\0${name ?? ""}`))
      .flatMap((stage) => stage.outs.map((out): OutputSelection => ({ stage, out })));
  } finally {
    await reader.close();
  }
}
