import { withProjectLock, type DvcProject } from "../project/dvc-project.ts";
import type { ProjectStage } from "../project/project.ts";
import { recordStage } from "./commit-stage.ts";
import { formatStageRecords, lockFileOf } from "./lock-file.ts";
import { StageGit } from "./stage-git.ts";

/** A stage as it is while its command runs. */
export interface StageSnapshot {
  /** Its lock file, relative to the project. */
  readonly lockFile: string;
  /** What the lock file would say now; `undefined` when it would stay as it is. */
  readonly lockText: string | undefined;
  /** Files that were written on the way, relative to the project. */
  readonly files: readonly string[];
}

/**
 * Takes a stage as it is while its command runs: outputs go to the cache and are ignored by Git, and what would be
 * recorded is returned instead of written. Whoever finds the project after a kill sees a stage that is not done.
 *
 * The command waits meanwhile, so what it writes is not half-written; outputs that are not there yet are left out.
 *
 * @param now - Lock files as other stages that run now would have them, by path; what they say is taken over.
 * @throws As `recordStage`; `DvcLockedError` when another process holds the lock for longer than a minute.
 */
export async function snapshotStage(
  project: DvcProject,
  stage: ProjectStage,
  now: ReadonlyMap<string, string> = new Map(),
): Promise<StageSnapshot> {
  return withProjectLock(project, async () => {
    const git = new StageGit(project, [stage]);
    const record = await recordStage(project, stage, {
      ...{ git, allowMissing: true, isCommitting: true, isRelinking: false, isSavingRun: false },
    });
    const lockFile = lockFileOf(stage);
    const lockText = formatStageRecords(project, [record], now).get(lockFile);
    return { lockFile, lockText, files: record.files };
  });
}
