import { type GitRef, listRefNamesSync, listRefsSync, readRef, RefChangedError, updateRefs } from "@waymark/git";
import type { Project } from "../project.ts";
import { planChange } from "./change-task.ts";
import { isHalfMoved, mendHalfMoved } from "./half-moved.ts";
import { HeldTask, isLeaseOver, LEASE_MS, type LeaseRequest, nextLease } from "./lease.ts";
import { readTasks } from "./list-tasks.ts";
import type { QueueTask } from "./task.ts";
import { QUEUE_REFS } from "./task-refs.ts";

/** So many of the tasks that wait are looked at together. */
const PORTION = 16;

/** Which tasks a worker wants. Default: any. */
export type TaskFilter = (task: QueueTask) => boolean;

/**
 * Takes a task for this process: one whose worker is gone, or else the first that waits. Of any number of workers that
 * want the same one, on any host, one gets it.
 *
 * @returns `undefined` when there is none to be had.
 */
export function claimTask(
  project: Project,
  request: LeaseRequest,
  wants: TaskFilter = () => true,
): HeldTask | undefined {
  for (const task of candidates(project, request.nowMs)) {
    if (!wants(task)) continue;
    if (isHalfMoved(project, task)) {
      mendHalfMoved(project);
      if (readRef(project.repo, task.ref) !== task.commit || isHalfMoved(project, task)) continue;
    }
    const held = tryClaim(project, task, request);
    if (held !== undefined) return held;
  }
  return undefined;
}

/** Tries to take one task; `undefined` when somebody else was quicker. */
export function tryClaim(project: Project, task: QueueTask, request: LeaseRequest): HeldTask | undefined {
  const attempts = task.attempts + 1;
  const lease = nextLease(task, request, attempts);
  const startedAt = new Date(request.nowMs).toISOString();
  const planned = planChange(project, task, { place: "active", content: { attempts, lease, startedAt } });
  try {
    updateRefs(project.repo, planned.updates);
  } catch (error) {
    if (error instanceof RefChangedError) return undefined;
    throw error;
  }
  return new HeldTask(project, planned.task, request.leaseMs ?? LEASE_MS);
}

function* candidates({ repo }: Project, nowMs: number): Generator<QueueTask> {
  const active = listRefsSync(repo, [`${QUEUE_REFS}/active`]);
  for (const task of readTasks(repo, active)) {
    if (task.lease === null || isLeaseOver(task.lease, nowMs)) yield task;
  }
  // Of ten thousand that wait, the first is wanted nearly always: the others are not read for it.
  const waiting = listRefNamesSync(repo, `${QUEUE_REFS}/waiting`);
  for (let at = 0, portion = 1; at < waiting.length; at += portion, portion = PORTION) {
    const refs = waiting.slice(at, at + portion).flatMap((name): readonly GitRef[] => {
      const id = readRef(repo, name);
      return id === undefined ? [] : [{ name, id }];
    });
    yield* readTasks(repo, refs);
  }
}
