import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fillSubmodules } from "@waymark/git";
import { initDvcFolder, requireInside } from "@waymark/store";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import { type Project, toRepositoryPath } from "../project.ts";
import { executeRun } from "../run/execute-run.ts";
import type { ExecuteRun, RunEffects, RunResult } from "../run/run-place.ts";
import { newRecordId } from "../run/run-record.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { checkCopyPaths, copyPaths, linkConfigured } from "./bring-along.ts";
import type { RunElsewhereOptions, RunStart } from "./elsewhere.ts";
import { writePlaceConfig } from "./place-config.ts";
import { settleData } from "./place-data.ts";
import { removeUntracked } from "./remove-files.ts";
import { type TakenPlace, takePlace } from "./take-place.ts";

/**
 * Carries out a run in a work tree of its own, beside the user's: the same objects, cache, run cache and knowledge of
 * data, but files, index and HEAD of its own. Results are refs of the one repository as soon as they are made.
 *
 * The work tree comes from a pool and goes back to it; what a failed run left in it can be looked at until another one
 * needs it.
 *
 * @param execute - Carries out the run once its work tree is ready.
 * @throws `CopyPathError`, `GitCommandError` for a commit that cannot be checked out, system errors such as a full disk:
 *   nothing has run then. How the run itself ends is returned.
 */
export async function runElsewhere(
  main: Project,
  spec: RunSpec,
  start: RunStart,
  options: RunElsewhereOptions,
  effects: RunEffects = {},
  execute: ExecuteRun = executeRun,
): Promise<RunResult> {
  const { kind, recordId = newRecordId(options.nowMs?.()), task = null, env = {}, fence, ...running } = options;
  checkCopyPaths(main.root, spec.copyPaths);
  prepareDvcFolder(main);
  options.signal?.throwIfAborted();
  const place = await takePlace(main, start.commit, { run: recordId, onNote: effects.onNote });
  let state: "free" | "failed" = "failed";
  try {
    const { project, brought } = await furnish(main, place, spec, options, effects);
    const result = await execute(
      { ...{ project, main, kind, recordId, task, env, brought }, ...(fence === undefined ? {} : { fence }) },
      spec,
      running,
      effects,
    );
    if (result.state !== "failed") state = "free";
    return result;
  } finally {
    place.release(state);
  }
}

/** Puts into a work tree what a run needs beside tracked files, and takes away what another one left. */
async function furnish(
  main: Project,
  { tree, isReused }: TakenPlace,
  spec: RunSpec,
  { signal }: RunElsewhereOptions,
  effects: RunEffects,
): Promise<{ readonly project: Project; readonly brought: readonly string[] }> {
  const project: Project = {
    repo: tree,
    root: tree.root,
    dvcRoot: join(tree.root, toRepositoryPath(main.root, main.dvcRoot) ?? ""),
  };
  const dvcDir = join(project.dvcRoot, ".dvc");
  initDvcFolder(project.dvcRoot);
  writePlaceConfig(dvcDir, join(main.dvcRoot, ".dvc"), main.repo.env);
  await settleData(project, {
    ...{ isReused, needsAll: spec.work.kind === "command", signal, onProgress: effects.onProgress },
  });
  const missing = await fillSubmodules(tree, {
    source: main.root,
    indexFolder: join(tree.gitDir, "waymark", "submodules"),
    clean: async (place, env) => removeUntracked(place, [], env),
  });
  for (const { path, commit } of missing) {
    effects.onWarning?.(`The submodule '${path}' is empty in this run: commit ${commit.slice(0, 7)} is not here.`);
  }
  const linked = linkConfigured(main.repo, tree, (text) => effects.onWarning?.(text));
  const copied = await copyPaths(main.root, tree, spec.copyPaths);
  requireInside(tree.root, spec.cwd === "." ? "x" : spec.cwd);
  // A folder without tracked files is not in a commit.
  mkdirSync(join(tree.root, spec.cwd), { recursive: true });
  signal?.throwIfAborted();
  return { project, brought: [...linked, ...copied] };
}
