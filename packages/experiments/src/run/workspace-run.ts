import { FolderInUseError, acquireFolderLock, type FolderLock } from "@waymark/files";
import { requireInside } from "@waymark/store";
import { type Project, stateFolder } from "../project.ts";
import { executeRun } from "./execute-run.ts";
import { WorkspaceBusyError } from "./run-errors.ts";
import type { ExecuteRunOptions, RunEffects, RunResult } from "./run-place.ts";
import { newRecordId } from "./run-record.ts";
import type { RunSpec } from "./run-spec.ts";

/**
 * Carries out a run in the user's workspace: its stages, or its command, run in place.
 *
 * As with DVC, params files that were set stay as the run has used them.
 *
 * @param files - Files to replace before the run, by path relative to the repository.
 * @throws {@link WorkspaceBusyError}; `PathEscapesError` before anything is written. How the run ends is returned.
 */
export async function runInWorkspace(
  project: Project,
  spec: RunSpec,
  files: ReadonlyMap<string, Uint8Array>,
  options: ExecuteRunOptions = {},
  effects: RunEffects = {},
): Promise<RunResult> {
  for (const path of files.keys()) requireInside(project.root, path);
  const lock = lockWorkspace(project);
  try {
    return await executeRun(
      {
        ...{ project, main: project, kind: "workspace", task: null, env: {} },
        recordId: newRecordId(options.nowMs?.()),
      },
      spec,
      { ...options, files },
      effects,
    );
  } finally {
    lock.release();
  }
}

/** Two runs in one work tree would take each other's files for their own. */
function lockWorkspace(project: Project): FolderLock {
  try {
    return acquireFolderLock(stateFolder(project), { name: "workspace-run" });
  } catch (error) {
    if (error instanceof FolderInUseError) throw new WorkspaceBusyError(error.pid, error.since);
    throw error;
  }
}
