import { listTrackedPaths, type RefUpdate } from "@waymark/git";
import type { JobOptions } from "@waymark/store";
import { NothingRecordedError } from "../errors.ts";
import type { Operation, OperationWorkspace } from "../operations/operation.ts";
import { recordedUpdate } from "../operations/recorded-update.ts";
import { prepareDvcFolder } from "../prepare-dvc-folder.ts";
import type { Project } from "../project.ts";
import { type ProjectDataOptions, withProjectData } from "../project-data.ts";
import { giveBackWorkspace } from "./give-back.ts";
import { refreshIndex } from "./index-entries.ts";
import { readWorkspaceRecord } from "./workspace-record.ts";

/** What an operation did to the workspace, and how to take back what it did to refs. */
export interface ApplyToUndo {
  /** What taking it back is called: `undo apply brave-bat`. */
  readonly summary: string;
  /** The changes of refs turned around. */
  readonly updates: readonly RefUpdate[];
  readonly workspace: OperationWorkspace;
  /** Id of the operation. */
  readonly id: string;
}

/** Options of {@link undoApply}. */
export interface UndoApplyOptions extends JobOptions, ProjectDataOptions {
  /** Replaces changes made since, which are kept. Default false: they stop it. */
  readonly force?: boolean;
}

/** What {@link undoApply} did. */
export interface UndoneApply {
  /** The operation that takes this back. */
  readonly operation: Operation;
  /** Files that were written or removed, relative to the repository. */
  readonly paths: readonly string[];
}

/**
 * Gives back the workspace as it was before an experiment was applied: bytes, modes, deleted and untracked files, data,
 * and what was staged. The state before this is kept in turn.
 *
 * @throws {@link NothingRecordedError}, and as {@link giveBackWorkspace}: nothing has been changed then.
 */
export async function undoApply(
  project: Project,
  { id, summary, updates, workspace }: ApplyToUndo,
  options: UndoApplyOptions = {},
): Promise<UndoneApply> {
  const { repo } = project;
  const record = readWorkspaceRecord(repo, workspace.commit);
  if (record === undefined) throw new NothingRecordedError(workspace.commit);
  return withProjectData(project, options, async (store) => {
    const { paths, kept, carryOut } = await giveBackWorkspace(project, store, record, {
      ...options,
      applied: workspace.applied,
    });
    // What was applied can be had again; what is put back now is what the next undo has to look for.
    const operation = await recordedUpdate(repo, "undo", summary, updates, {
      workspace: { commit: kept, applied: workspace.commit },
      undoes: id,
    });
    await carryOut();
    prepareDvcFolder(project);
    refreshIndex(repo, [...listTrackedPaths(repo, paths)]);
    return { operation, paths };
  });
}
