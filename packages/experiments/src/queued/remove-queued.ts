import { rmSync, unlinkSync } from "node:fs";
import { isErrno } from "@waymark/files";
import { dropReflogEntry } from "@waymark/git";
import { NotADvcProjectError, openDvcProject, withProjectLock } from "@waymark/pipeline";
import type { DvcTask } from "../dvc-state/broker.ts";
import type { Project } from "../project.ts";
import { removeTasks } from "../queue/manage-tasks.ts";
import { QueuedTaskTakenError } from "./errors.ts";
import type { QueuedExperiment } from "./find-queued.ts";

/** Logs in which DVC keeps the commits of what waits, and of what has failed. */
const WAITING_LOG = "refs/exps/celery/stash";
const FAILED_LOG = "refs/exps/celery/failed";

/**
 * Takes tasks out of the queues they are in. Of DVC's it does what `dvc queue remove` does, with the lock of the project;
 * a message goes first, so that no worker of DVC can take a task whose commit is gone.
 *
 * @throws {@link QueuedTaskTakenError} when a worker of DVC was quicker; `TaskPlaceError`, `DvcLockedError`.
 */
export async function removeQueued(project: Project, queued: readonly QueuedExperiment[]): Promise<void> {
  const own = queued.flatMap((each) => (each.tool === "waymark" ? [each.task] : []));
  if (own.length > 0) removeTasks(project, own);
  const theirs = queued.flatMap((each) => (each.tool === "dvc" ? [each.task] : []));
  if (theirs.length === 0) return;
  const work = async (): Promise<void> => {
    for (const task of theirs) removeDvcTask(project, task);
    await Promise.resolve();
  };
  const dvc = openData(project);
  await (dvc === undefined ? work() : withProjectLock(dvc, work));
}

function removeDvcTask({ repo }: Project, { state, name, stashRev, messagePath, resultPath }: DvcTask): void {
  try {
    unlinkSync(messagePath);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    if (state === "queued") throw new QueuedTaskTakenError(name ?? stashRev.slice(0, 7));
  }
  if (state === "queued") dropReflogEntry(repo, WAITING_LOG, stashRev);
  else {
    if (resultPath !== undefined) rmSync(resultPath, { force: true });
    dropReflogEntry(repo, FAILED_LOG, stashRev);
  }
}

function openData(project: Project): ReturnType<typeof openDvcProject> | undefined {
  try {
    return openDvcProject(project.dvcRoot, project.repo.env);
  } catch (error) {
    if (error instanceof NotADvcProjectError) return undefined;
    throw error;
  }
}
