import { type GitRef, listRefsSync, readRef, RefChangedError, type RefUpdate, updateRefs } from "@waymark/git";
import type { Project } from "../project.ts";
import { readTasks } from "./list-tasks.ts";
import { withoutOutdated } from "./newest-tasks.ts";
import type { QueueTask } from "./task.ts";
import { nameRef, parseTaskRef, QUEUE_REFS, taskRef } from "./task-refs.ts";

/** What Git commands have left that were killed in the middle of a change of several refs. */
export interface HalfMoved {
  /** Refs of tasks that have a newer one. */
  readonly outdated: readonly GitRef[];
  /** Names that are kept for tasks that neither wait nor run. */
  readonly idleNames: readonly GitRef[];
  /** Tasks that wait or run and whose names are not kept. */
  readonly nameless: readonly QueueTask[];
}

/** Tells whether a task has refs in more than one place: a change of it was not completed. */
export function isHalfMoved({ repo }: Pick<Project, "repo">, { place, id }: QueueTask): boolean {
  const others = (["active", "done"] as const).filter((other) => other !== place);
  return others.some((other) => readRef(repo, taskRef(other, id)) !== undefined);
}

/** Finds what is half-moved. What a command changes right now may be among it. */
export function findHalfMoved({ repo }: Pick<Project, "repo">): HalfMoved {
  // Names first: the task of one that is made meanwhile is there before it.
  const names = listRefsSync(repo, [`${QUEUE_REFS}/names`]);
  const refs = listRefsSync(
    repo,
    ["waiting", "active", "done"].map((place) => `${QUEUE_REFS}/${place}`),
  );
  const counts = new Map<string | undefined, number>();
  const idOf = ({ name }: GitRef): string | undefined => parseTaskRef(name)?.id;
  for (const ref of refs) counts.set(idOf(ref), (counts.get(idOf(ref)) ?? 0) + 1);
  const doubled = refs.filter((ref) => (counts.get(idOf(ref)) ?? 0) > 1);
  const several = readTasks(repo, doubled);
  const newest = new Set(withoutOutdated(several));
  const outdated = several.filter((task) => !newest.has(task)).map(({ ref: name, commit: id }) => ({ name, id }));
  const gone = new Set(outdated.map(({ name }) => name));
  const open = refs.filter(({ name }) => !gone.has(name) && parseTaskRef(name)?.place !== "done");
  const tasks = readTasks(repo, open);
  const wanted = new Set(tasks.map(({ spec }) => nameRef(spec.baseline, spec.name)));
  const kept = new Set(names.map(({ name }) => name));
  return {
    outdated,
    // Of a task that cannot be read, nobody knows the name.
    idleNames: tasks.length < open.length ? [] : names.filter(({ name }) => !wanted.has(name)),
    nameless: tasks.filter(({ spec }) => !kept.has(nameRef(spec.baseline, spec.name))),
  };
}

/**
 * Completes what {@link findHalfMoved} finds.
 *
 * @param found - Default: what is found now.
 */
export function mendHalfMoved(project: Pick<Project, "repo">, found: HalfMoved = findHalfMoved(project)): void {
  const { outdated, idleNames, nameless } = found;
  for (const { name: ref, id } of [...outdated, ...idleNames]) tryUpdate(project, [{ ref, newId: null, oldId: id }]);
  for (const { spec, ref, commit } of nameless) {
    // What looked half-moved may have been moving: of a task that is over by now, the name would be kept for ever.
    const isThere: RefUpdate = { ref, newId: commit, oldId: commit };
    tryUpdate(project, [{ ref: nameRef(spec.baseline, spec.name), newId: commit, oldId: null }, isThere]);
  }
}

/**
 * Tells whether the name of a task is kept for one that waits or runs; a name that is kept for nobody is free from then
 * on.
 */
export function isNameKept(project: Pick<Project, "repo">, baseline: string, name: string): boolean {
  const ref = nameRef(baseline, name);
  if (readRef(project.repo, ref) === undefined) return false;
  if (findHalfMoved(project).idleNames.some((idle) => idle.name === ref)) mendHalfMoved(project);
  return readRef(project.repo, ref) !== undefined;
}

/** Somebody may be in the middle of changing it: then it is theirs. */
function tryUpdate({ repo }: Pick<Project, "repo">, updates: readonly RefUpdate[]): void {
  try {
    updateRefs(repo, updates);
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
  }
}
