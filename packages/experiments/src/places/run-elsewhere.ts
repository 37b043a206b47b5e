import { join } from "node:path";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import { type Project, toRepositoryPath } from "../project.ts";
import { executeRun } from "../run/execute-run.ts";
import type { ExecuteRun, RunEffects, RunResult } from "../run/run-place.ts";
import { newRecordId } from "../run/run-record.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { checkCopyPaths } from "./bring-along.ts";
import type { RunElsewhereOptions, RunStart } from "./elsewhere.ts";
import { furnishPlace } from "./furnish-place.ts";
import { takePlace } from "./take-place.ts";

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
  const place = await takePlace(main, start.commit, { run: recordId, onNote: effects.onNote });
  start.release?.();
  let state: "free" | "failed" = "failed";
  try {
    const { tree, isReused } = place;
    const dvcRoot = join(tree.root, toRepositoryPath(main.root, main.dvcRoot) ?? "");
    const project: Project = { repo: tree, root: tree.root, dvcRoot };
    const brought = await furnishUnlessEnded({ main, project, isReused }, { spec, signal: options.signal }, effects);
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

/** A run that was ended before it began says so in its record, which it makes itself. */
async function furnishUnlessEnded(...wanted: Parameters<typeof furnishPlace>): Promise<readonly string[]> {
  const [, { signal }] = wanted;
  try {
    signal?.throwIfAborted();
    return await furnishPlace(...wanted);
  } catch (error) {
    if (signal?.aborted === true) return [];
    throw error;
  }
}
