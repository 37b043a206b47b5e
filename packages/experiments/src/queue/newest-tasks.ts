import { isDeepStrictEqual } from "node:util";
import type { QueueTask } from "./task.ts";

/**
 * Leaves one of several refs of a task: Git makes new refs before it deletes old ones, so that a kill in between leaves
 * both. The newest says how the task stands.
 */
export function withoutOutdated(tasks: readonly QueueTask[]): readonly QueueTask[] {
  const newest = new Map<string, QueueTask>();
  for (const task of tasks) {
    const known = newest.get(task.id);
    if (known === undefined || isNewer(task, known)) newest.set(task.id, task);
  }
  return newest.size === tasks.length ? tasks : tasks.filter((task) => newest.get(task.id) === task);
}

function isNewer(task: QueueTask, than: QueueTask): boolean {
  if (task.attempts !== than.attempts) return task.attempts > than.attempts;
  // The worker gave it back.
  if (task.place === "waiting" && than.place === "active") return true;
  // What is put back remembers how it ended.
  if (task.place === "waiting" && than.place === "done") return isDeepStrictEqual(task.result, than.result);
  if (task.place === "done" && than.place === "waiting") return !isDeepStrictEqual(task.result, than.result);
  return task.place === "done" && than.place === "active";
}
