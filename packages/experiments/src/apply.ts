import { join } from "node:path";
import { findRevision, readRef, updateRefs } from "@waymark/git";
import { checkoutSync } from "@waymark/store";
import { APPLIED_REF } from "./applied.ts";
import { type ApplyPlan, planApply } from "./apply-plan.ts";
import { readChain } from "./chain.ts";
import { FilesInTheWayError, MissingDataError } from "./errors.ts";
import { formatExperimentRef } from "./experiment-ref.ts";
import type { Project } from "./project.ts";
import { resolveTarget } from "./resolve-target.ts";
import { openCache } from "./restore.ts";
import { readRunFile } from "./run-file.ts";
import { createSnapshotIndex } from "./snapshot.ts";
import { keepForUndo } from "./undo.ts";
import { removeFiles, writeFiles } from "./write-files.ts";

/** How {@link applyExperiment} treats what is in its way. */
export interface ApplyOptions {
  /** Replaces files whose changes are saved nowhere, and keeps them under `refs/waymark/undo/`. Default false. */
  readonly force?: boolean;
  /** Applies the rest when the cache lacks data. Default false. */
  readonly allowMissing?: boolean;
  /** Changes nothing. Default false. */
  readonly isDryRun?: boolean;
}

/** What applying did, or would do. */
export interface AppliedExperiment extends ApplyPlan {
  /** Where the replaced state is kept; it can be applied like an experiment. */
  readonly undoRef: string | undefined;
}

/**
 * Makes the files of the workspace those of an experiment or one of its checkpoints. HEAD and the index stay.
 *
 * Files of an earlier experiment that this one does not have are removed; untracked files that no experiment knows stay.
 *
 * @param selector - `NAME`, `NAME@STEP`, a ref or any revision.
 * @throws {@link FilesInTheWayError} naming the files whose changes would be lost, {@link MissingDataError} naming what
 *   the cache lacks, {@link RunInProgressError}: nothing has been changed then.
 */
export function applyExperiment(project: Project, selector: string, options: ApplyOptions = {}): AppliedExperiment {
  const { repo } = project;
  const target = resolveTarget(repo, selector);
  const index = createSnapshotIndex(project);
  try {
    const plan = planApply(project, index, target, listPrevious(project, target.commit));
    if (plan.missing.length > 0 && options.allowMissing !== true) {
      const hint = "Fetch it with `dvc pull`, or apply everything else with `--allow-missing`.";
      throw new MissingDataError(`Applying '${selector}'`, plan.missing, hint);
    }
    if (plan.inTheWay.length > 0 && options.force !== true) {
      const hint = "Commit them or save them with `waymark exp save`, or go on with `--force`, which keeps a copy.";
      throw new FilesInTheWayError(`Applying '${selector}'`, plan.inTheWay, hint);
    }
    if (options.isDryRun === true) return { ...plan, undoRef: undefined };
    const places = new Set(plan.targets.map(({ path }) => path));
    const data = plan.inTheWay.length === 0 ? [] : plan.inTheWay.flatMap((path) => placeOf(path, places));
    const undoRef =
      plan.inTheWay.length === 0
        ? undefined
        : keepForUndo(project, index, [...new Set(data)], `Workspace before applying ${target.label}`);
    carryOut(project, plan);
    updateRefs(repo, [{ ref: APPLIED_REF, newId: target.commit, oldId: undefined }]);
    return { ...plan, undoRef };
  } finally {
    index[Symbol.dispose]();
  }
}

/** Data first, then what names it. Killed half-way, the same call completes it: every file is old or new. */
function carryOut(project: Project, plan: ApplyPlan): void {
  checkoutSync(openCache(project), plan.targets, { root: project.root });
  removeFiles(project, plan.removes);
  writeFiles(project, plan.writes);
}

/** The output that a cached file is or lies in. */
function placeOf(path: string, places: ReadonlySet<string>): string[] {
  const parts = path.split("/");
  const place = parts.map((_, depth) => parts.slice(0, depth + 1).join("/")).find((part) => places.has(part));
  return place === undefined ? [] : [place];
}

/** Commits whose files the workspace may hold: the one applied last, and that of the run in the live folder. */
function listPrevious(project: Project, target: string): string[] {
  const { repo, root } = project;
  const previous: string[] = [];
  const applied = readRef(repo, APPLIED_REF);
  if (applied !== undefined && findRevision(repo, applied) !== undefined) previous.push(applied);
  for (const folder of listLiveFolders(project, [target, ...previous])) {
    const run = readRunFile(join(root, folder));
    if (run?.experimentName == null || run.baseline == null) continue;
    const tip = readRef(repo, formatExperimentRef(run.baseline, run.experimentName));
    if (tip !== undefined) previous.push(tip);
  }
  return [...new Set(previous)];
}

function listLiveFolders(project: Project, commits: readonly string[]): string[] {
  const folders = commits.flatMap((commit) => {
    const [newest] = readChain(project.repo, commit, `${commit}^`);
    return newest?.trailers.folder ?? [];
  });
  return [...new Set(["live", ...folders])];
}
