import { commitTree, parseCommit, readObjectsSync, type RefUpdate, updateRefs, RefChangedError } from "@waymark/git";
import type { Project } from "../project.ts";
import { TaskChangedError } from "./errors.ts";
import { formatTask, type QueueTask, type TaskContent, type TaskPlace } from "./task.ts";
import { nameRef, taskRef, waitingRef } from "./task-refs.ts";

/** Where a task goes, and what it says from then on. */
export interface TaskChange {
  readonly place: TaskPlace;
  /** For a task that is to wait. */
  readonly rank?: number;
  readonly content: Partial<Omit<TaskContent, "schema" | "id">>;
}

/** A task as it will be, and the refs that have to move for it. */
export interface PlannedChange {
  readonly task: QueueTask;
  readonly updates: readonly RefUpdate[];
}

/**
 * Writes the commit of a changed task and works out how refs have to move; none moves here. The name of a task that is
 * over is free for others, and has to be had again for one that is to run once more.
 */
export function planChange({ repo }: Pick<Project, "repo">, task: QueueTask, change: TaskChange): PlannedChange {
  const [object] = readObjectsSync(repo, [task.commit]);
  const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
  if (commit === undefined) throw new TaskChangedError(task.spec.name);
  const content = { ...task, ...change.content };
  const id = commitTree(repo, { tree: commit.tree, parents: commit.parents, message: formatTask(content) });
  const ref = change.place === "waiting" ? waitingRef(change.rank ?? 0, task.id) : taskRef(change.place, task.id);
  const isMoving = ref !== task.ref;
  const name = nameRef(task.spec.baseline, content.spec.name);
  const updates: RefUpdate[] = isMoving
    ? [
        { ref: task.ref, newId: null, oldId: task.commit },
        { ref, newId: id, oldId: null },
      ]
    : [{ ref, newId: id, oldId: task.commit }];
  if (task.place !== "done" && change.place === "done") updates.push({ ref: name, newId: null, oldId: undefined });
  if (task.place === "done" && change.place !== "done") updates.push({ ref: name, newId: id, oldId: null });
  return {
    task: {
      ...content,
      ref,
      commit: id,
      place: change.place,
      rank: change.place === "waiting" ? change.rank : undefined,
    },
    updates,
  };
}

/**
 * Changes a task in one transaction.
 *
 * @throws {@link TaskChangedError} when somebody else has changed it since it was read.
 */
export function changeTask(project: Pick<Project, "repo">, task: QueueTask, change: TaskChange): QueueTask {
  const planned = planChange(project, task, change);
  try {
    updateRefs(project.repo, planned.updates);
  } catch (error) {
    if (error instanceof RefChangedError) throw new TaskChangedError(task.spec.name);
    throw error;
  }
  return planned.task;
}
