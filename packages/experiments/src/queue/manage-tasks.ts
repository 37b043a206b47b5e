import { rmSync } from "node:fs";
import { RefChangedError, type RefUpdate, updateRefs } from "@waymark/git";
import type { Project } from "../project.ts";
import { runRecordFolder } from "../run/run-record.ts";
import { changeTask, planChange } from "./change-task.ts";
import { TaskChangedError, TaskNameTakenError, TaskPlaceError } from "./errors.ts";
import { isNameKept } from "./half-moved.ts";
import { lastRank, listRanks } from "./ranks.ts";
import type { QueueTask, TaskLease } from "./task.ts";
import { nameRef, waitingRef } from "./task-refs.ts";

/**
 * Takes tasks out of the queue, with their logs. Experiments that they made stay.
 *
 * @throws {@link TaskPlaceError} for one that a worker has; {@link TaskChangedError}: none is removed then.
 */
export function removeTasks(project: Project, tasks: readonly QueueTask[]): void {
  const active = tasks.find(({ place }) => place === "active");
  if (active !== undefined) {
    throw new TaskPlaceError(
      `The task '${active.spec.name}' is running`,
      `End it first: waymark queue kill ${active.spec.name}`,
    );
  }
  const updates = tasks.flatMap((task): readonly RefUpdate[] => [
    { ref: task.ref, newId: null, oldId: task.commit },
    // The name of one that is over may be another's by now.
    ...(task.place === "done"
      ? []
      : [{ ref: nameRef(task.spec.baseline, task.spec.name), newId: null, oldId: undefined }]),
  ]);
  move(project, tasks, updates);
  for (const { recordId } of tasks) rmSync(runRecordFolder(project, recordId), { recursive: true, force: true });
}

/**
 * Puts tasks that did not finish into the queue again, behind those that wait. Each goes on from its newest checkpoint,
 * if it made one.
 *
 * @throws {@link TaskPlaceError} for one that is not over, or has finished; {@link TaskNameTakenError};
 *   {@link TaskChangedError}: none is put back then.
 */
export function retryTasks(project: Project, tasks: readonly QueueTask[]): readonly QueueTask[] {
  for (const { place, result, spec } of tasks) {
    if (place !== "done") {
      throw new TaskPlaceError(
        `The task '${spec.name}' is not over: it ${place === "active" ? "is running" : "waits"}`,
        "Only tasks that failed, or were ended, can be retried.",
      );
    }
    if (result?.state === "finished" || result?.state === "stopped") {
      throw new TaskPlaceError(
        `The task '${spec.name}' has finished`,
        "To run it once more, queue it under another name: waymark exp run --queue",
      );
    }
  }
  const first = Math.max(Date.now() * 1000, lastRank(project.repo) + 1);
  const planned = tasks.map((task, at) =>
    planChange(project, task, { place: "waiting", rank: first + at, content: { lease: null } }),
  );
  const names = new Set<string>();
  for (const { spec } of tasks) {
    const ref = nameRef(spec.baseline, spec.name);
    if (isNameKept(project, spec.baseline, spec.name)) throw new TaskNameTakenError(spec.name, "task");
    if (names.has(ref)) throw new TaskNameTakenError(spec.name, "twice");
    names.add(ref);
  }
  move(
    project,
    tasks,
    planned.flatMap(({ updates }) => updates),
  );
  return planned.map(({ task }) => task);
}

/** Where a task that waits is to go. */
export type QueuePosition =
  | { readonly kind: "first" }
  | { readonly kind: "last" }
  | { readonly kind: "before"; readonly task: QueueTask };

/**
 * Moves a task that waits to another place in the order.
 *
 * @throws {@link TaskPlaceError} when one of the two does not wait; {@link TaskChangedError}.
 */
export function moveTask(project: Project, task: QueueTask, position: QueuePosition): void {
  for (const each of position.kind === "before" ? [task, position.task] : [task]) {
    if (each.place === "waiting") continue;
    throw new TaskPlaceError(`The task '${each.spec.name}' does not wait`, "Only tasks that wait have an order.");
  }
  const others = listRanks(project.repo).filter(({ id }) => id !== task.id);
  const at =
    position.kind === "first"
      ? 0
      : position.kind === "last"
        ? others.length
        : others.findIndex(({ id }) => id === position.task.id);
  if (at === -1) throw new TaskChangedError(position.kind === "before" ? position.task.spec.name : task.spec.name);
  const before = others[at - 1]?.rank ?? -1;
  const next = others[at]?.rank;
  const rank = next === undefined ? before + 1000 : Math.floor((before + next) / 2);
  const own: RefUpdate = { ref: task.ref, newId: null, oldId: task.commit };
  if (rank > before && rank !== next) {
    const ref = waitingRef(rank, task.id);
    if (ref !== task.ref) move(project, [task], [own, { ref, newId: task.commit, oldId: null }]);
    return;
  }
  // No number is left between the two: this one and all behind it go behind the last, in their order.
  const behind = others.slice(at);
  const first = Math.max(others.at(-1)?.rank ?? 0, task.rank ?? 0) + 1;
  move(
    project,
    [task],
    [
      own,
      ...behind.map(({ ref, commit }): RefUpdate => ({ ref, newId: null, oldId: commit })),
      ...[task, ...behind].map(({ id, commit }, offset): RefUpdate => {
        return { ref: waitingRef(first + offset, id), newId: commit, oldId: null };
      }),
    ],
  );
}

/**
 * Asks the workers that have tasks to end them.
 *
 * @param wish - `ask`: as by Ctrl-C, and by force when that does not help; `force`: at once.
 * @throws {@link TaskPlaceError} for one that no worker has; {@link TaskChangedError}.
 */
export function killTasks(project: Project, tasks: readonly QueueTask[], wish: NonNullable<TaskLease["kill"]>): void {
  for (const { place, spec } of tasks) {
    if (place === "active") continue;
    throw new TaskPlaceError(
      `The task '${spec.name}' does not run`,
      place === "waiting" ? `To take it out of the queue: waymark queue remove ${spec.name}` : "It is over.",
    );
  }
  for (const task of tasks) {
    if (task.lease === null) continue;
    changeTask(project, task, { place: "active", content: { lease: { ...task.lease, kill: wish } } });
  }
}

function move(project: Project, tasks: readonly QueueTask[], updates: readonly RefUpdate[]): void {
  try {
    updateRefs(project.repo, updates);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    const changed = tasks.find(({ id }) => error.ref?.endsWith(id) === true) ?? tasks[0];
    throw new TaskChangedError(changed?.spec.name ?? "");
  }
}
