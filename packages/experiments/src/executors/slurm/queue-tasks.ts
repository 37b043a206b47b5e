import type { ProcessIdentity } from "@waymark/files";
import { listRefsSync, readRef, RefChangedError, type RefUpdate, updateRefs } from "@waymark/git";
import type { Project } from "../../project.ts";
import { changeTask, planChange } from "../../queue/change-task.ts";
import { enqueueRuns, type RunToQueue } from "../../queue/enqueue.ts";
import { TaskChangedError } from "../../queue/errors.ts";
import { listTasks, readTasks } from "../../queue/list-tasks.ts";
import { removeTasks } from "../../queue/manage-tasks.ts";
import type { QueueTask, TaskLease, TaskResult } from "../../queue/task.ts";
import { taskRef } from "../../queue/task-refs.ts";
import type { RunResult } from "../../run/run-place.ts";

/** Who has the tasks of a submission: no worker of ours is called so. */
const WORKER = /^slurm\/(?<submission>[\w-]+)\/(?<index>\d+)$/u;
/** Slurm gives up its jobs itself, and may keep them waiting for weeks: such a lease does not run out. */
const NEVER = "9999-12-31T23:59:59.999Z";

/** A task that is an element of a job array. */
export interface SlurmTask {
  readonly submission: string;
  /** Element of the array. */
  readonly index: number;
}

/** Lists the tasks that wait in the queue, the next one first. */
export function waitingTasks(project: Pick<Project, "repo">): readonly QueueTask[] {
  return listTasks(project, ["waiting"]);
}

/** Tells which element of which submission has a task; `undefined` when Slurm has it not. */
export function slurmTaskOf({ place, lease }: Pick<QueueTask, "place" | "lease">): SlurmTask | undefined {
  const groups = place === "active" && lease !== null ? WORKER.exec(lease.worker)?.groups : undefined;
  return groups === undefined ? undefined : { submission: groups["submission"] ?? "", index: Number(groups["index"]) };
}

/**
 * Takes tasks that wait for a submission, in one transaction: no worker can have them then.
 *
 * @returns The tasks as they are now, in their order.
 * @throws `TaskChangedError` when one of them was taken meanwhile; nothing was changed then.
 */
export function takeForSlurm(project: Project, tasks: readonly QueueTask[], submission: string): readonly QueueTask[] {
  const planned = tasks.map((task, index) => {
    const lease: TaskLease = {
      ...{ worker: `slurm/${submission}/${index}`, holder: holderOf(submission), expiresAt: NEVER, kill: null },
      fence: Math.max(task.lease?.fence ?? 0, task.attempts) + 1,
    };
    const content = { lease, attempts: task.attempts + 1, startedAt: new Date().toISOString(), result: null };
    return planChange(project, task, { place: "active", content });
  });
  move(
    project,
    tasks,
    planned.flatMap(({ updates }) => updates),
  );
  return planned.map(({ task }) => task);
}

/** Gives tasks back to the queue, at the places they had: Slurm did not take them. */
export function giveBackTasks(project: Project, taken: readonly QueueTask[], before: readonly QueueTask[]): void {
  const planned = taken.map((task, at) => {
    const { rank = 0, lease = null, attempts = 0, startedAt = null, result = null } = before[at] ?? {};
    return planChange(project, task, { place: "waiting", rank, content: { lease, attempts, startedAt, result } });
  });
  move(
    project,
    taken,
    planned.flatMap(({ updates }) => updates),
  );
}

/**
 * Puts runs into the queue that are to be submitted at once.
 *
 * @returns Their tasks, in their order.
 * @throws As `enqueueRuns`.
 */
export function queueForSlurm(project: Project, runs: readonly RunToQueue[]): readonly QueueTask[] {
  const ids = new Map(enqueueRuns(project, runs).map(({ id }, at) => [id, at]));
  return listTasks(project, ["waiting"])
    .filter(({ id }) => ids.has(id))
    .toSorted((a, b) => (ids.get(a.id) ?? 0) - (ids.get(b.id) ?? 0));
}

/** Takes tasks out of the queue that were put there only to be submitted, and wait there now. */
export function forgetTasks(project: Project, tasks: readonly QueueTask[]): void {
  const ids = new Set(tasks.map(({ id }) => id));
  removeTasks(
    project,
    listTasks(project, ["waiting"]).filter(({ id }) => ids.has(id)),
  );
}

/** What is said of a task that is over. */
export type TaskOutcome = Omit<TaskResult, "endedAt">;

/** Says of a task what became of its run. */
export function outcomeOf({ state, name, commit, exitCode, reason }: RunResult): TaskOutcome {
  const isEnd = state !== "preparing" && state !== "running" && state !== "saving";
  return { state: isEnd ? state : "failed", name, commit, exitCode, reason };
}

/**
 * Says how a task ended that Slurm has.
 *
 * @param fence - Of the lease under which it was submitted.
 * @returns False when somebody else has the task by now, or it is over: nothing was said then.
 */
export function settleTask(project: Pick<Project, "repo">, id: string, fence: number, outcome: TaskOutcome): boolean {
  const task = readActiveTask(project, id);
  if (task?.lease?.fence !== fence || slurmTaskOf(task) === undefined) return false;
  const result: TaskResult = { ...outcome, endedAt: new Date().toISOString() };
  try {
    changeTask(project, task, { place: "done", content: { lease: null, result } });
    return true;
  } catch (error) {
    if (error instanceof TaskChangedError) return false;
    throw error;
  }
}

/** Looks again and again whether a task is still had under one lease; costs a look at a file while nothing changes. */
export class TaskWatch {
  #seen: string | undefined;

  /** What holds in refs as long as the task is had; see `RunFence`. @param fence - Of the lease. */
  checks(project: Pick<Project, "repo">, id: string, fence: number): readonly RefUpdate[] | undefined {
    if (!this.isHeld(project, id, fence) || this.#seen === undefined) return undefined;
    return [{ ref: taskRef("active", id), newId: this.#seen, oldId: this.#seen }];
  }

  /** @param fence - Of the lease. */
  isHeld(project: Pick<Project, "repo">, id: string, fence: number): boolean {
    const commit = readRef(project.repo, taskRef("active", id));
    if (commit === undefined) return false;
    if (commit === this.#seen) return true;
    if (readActiveTask(project, id)?.lease?.fence !== fence) return false;
    this.#seen = commit;
    return true;
  }
}

/** Reads a task that somebody has; `undefined` when nobody does. */
export function readActiveTask({ repo }: Pick<Project, "repo">, id: string): QueueTask | undefined {
  const ref = taskRef("active", id);
  return readTasks(repo, listRefsSync(repo, [ref])).find((task) => task.id === id);
}

function move({ repo }: Project, tasks: readonly QueueTask[], updates: Parameters<typeof updateRefs>[1]): void {
  try {
    updateRefs(repo, updates);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    const changed = tasks.find(({ id }) => error.ref?.endsWith(id) === true) ?? tasks[0];
    throw new TaskChangedError(changed?.spec.name ?? "");
  }
}

/** No process holds the lease: nobody can look whether it lives, and Slurm is asked instead. */
function holderOf(submission: string): ProcessIdentity {
  return { pid: 0, host: `slurm/${submission}`, processStart: null, bootId: null };
}
