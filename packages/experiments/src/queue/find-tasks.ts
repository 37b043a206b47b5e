import type { Project } from "../project.ts";
import { isDvcEntry, SHORTEST_ID } from "../queued/dvc-entries.ts";
import { TaskNotFoundError, TaskOfDvcError } from "./errors.ts";
import { listTasks } from "./list-tasks.ts";
import type { QueueTask } from "./task.ts";

/**
 * Finds tasks by name or by the beginning of their id. Of several of one name, the one that a worker has is meant, then
 * the one that waits, then the newest that is over.
 *
 * @returns One per name, in their order.
 * @throws {@link TaskNotFoundError} with all that were not found; {@link TaskOfDvcError} for one that DVC has queued.
 */
export function findTasks(project: Project, names: readonly string[]): readonly QueueTask[] {
  const tasks = listTasks(project);
  const found = names.map((name) => findTask(tasks, name));
  const missing = names.filter((_, at) => found[at] === undefined);
  const foreign = missing.find((name) => isDvcEntry(project, name));
  if (foreign !== undefined) throw new TaskOfDvcError(foreign);
  if (missing.length > 0) throw new TaskNotFoundError(missing);
  return [...new Set(found.filter((task) => task !== undefined))];
}

function findTask(tasks: readonly QueueTask[], name: string): QueueTask | undefined {
  const called = tasks.filter(({ spec }) => spec.name === name);
  const byName = called.find(({ place }) => place !== "done") ?? called.at(-1);
  if (byName !== undefined) return byName;
  if (!/^[0-9a-f]+$/u.test(name) || name.length < SHORTEST_ID) return undefined;
  const byId = tasks.filter(({ id }) => id.startsWith(name));
  return byId.length === 1 ? byId[0] : undefined;
}
