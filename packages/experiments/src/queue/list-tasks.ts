import { type GitRef, type GitRepository, listRefsSync, parseCommit, readObjectsSync } from "@waymark/git";
import type { Project } from "../project.ts";
import { withoutOutdated } from "./newest-tasks.ts";
import { parseTask, type QueueTask, type TaskPlace } from "./task.ts";
import { parseTaskRef, QUEUE_REFS } from "./task-refs.ts";

const PLACES: readonly TaskPlace[] = ["active", "waiting", "done"];

/**
 * Lists the tasks of the queue: those that workers have, then those that wait in the order in which they will be taken,
 * then those that are over, the newest last. Refs that hold no task are passed over.
 *
 * @param places - Default: all.
 */
export function listTasks(
  { repo }: Pick<Project, "repo">,
  places: readonly TaskPlace[] = PLACES,
): readonly QueueTask[] {
  const tasks = withoutOutdated(
    readTasks(
      repo,
      listRefsSync(
        repo,
        places.map((place) => `${QUEUE_REFS}/${place}`),
      ),
    ),
  );
  return places.flatMap((place) => {
    const here = tasks.filter((task) => task.place === place);
    return place === "waiting" ? here : here.toSorted((a, b) => compare(timeOf(a), timeOf(b)));
  });
}

/** Reads the tasks that refs point to, in their order. */
export function readTasks(repo: GitRepository, refs: readonly GitRef[]): readonly QueueTask[] {
  const objects = readObjectsSync(
    repo,
    refs.map(({ id }) => id),
  );
  return refs.flatMap(({ name, id }, at): readonly QueueTask[] => {
    const where = parseTaskRef(name);
    const object = objects[at];
    const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
    const content = commit === undefined ? undefined : parseTask(commit.message);
    // What a ref says of itself wins: a task under another one's name is none.
    if (where === undefined || content?.id !== where.id) return [];
    return [{ ...content, place: where.place, rank: where.rank, ref: name, commit: id }];
  });
}

function timeOf({ result, startedAt, createdAt }: QueueTask): string {
  return result?.endedAt ?? startedAt ?? createdAt;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
