import type { TaskPlace } from "./task.ts";

/**
 * Refs of the queue. Where a task is stands in the name of its ref, so that a worker finds the next one without reading
 * any of them:
 *
 * ```
 * refs/waymark/queue/waiting/<rank>-<id>      in the order of names
 * refs/waymark/queue/active/<id>
 * refs/waymark/queue/done/<id>
 * refs/waymark/queue/names/<2>/<38>/<name>    names that tasks will give to experiments, so that no two have the same
 * ```
 */
export const QUEUE_REFS = "refs/waymark/queue";

/** Digits of a rank: names sort as numbers do. */
const RANK_DIGITS = 16;

/** Returns the ref of a task that waits. */
export function waitingRef(rank: number, id: string): string {
  return `${QUEUE_REFS}/waiting/${String(rank).padStart(RANK_DIGITS, "0")}-${id}`;
}

/** Returns the ref of a task that a worker has, or that is over. */
export function taskRef(place: Exclude<TaskPlace, "waiting">, id: string): string {
  return `${QUEUE_REFS}/${place}/${id}`;
}

/** Returns the ref that keeps a name for a task. */
export function nameRef(baseline: string, name: string): string {
  return `${QUEUE_REFS}/names/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

/** Prefix of the refs that keep names under a baseline. */
export function namePrefix(baseline: string): string {
  return `${QUEUE_REFS}/names/${baseline.slice(0, 2)}/${baseline.slice(2)}`;
}

/** What the name of a task's ref says; `undefined` for another ref. */
export function parseTaskRef(
  ref: string,
): { readonly place: TaskPlace; readonly id: string; readonly rank: number | undefined } | undefined {
  const match = /^refs\/waymark\/queue\/(?:waiting\/(\d{16})-|(active|done)\/)([0-9a-f]{8})$/u.exec(ref);
  const [, rank, place, id] = match ?? [];
  if (id === undefined) return undefined;
  return rank === undefined
    ? { place: place as TaskPlace, id, rank: undefined }
    : { place: "waiting", id, rank: Number(rank) };
}
