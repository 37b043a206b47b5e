import { type GitRepository, listRefNamesSync, listRefsSync } from "@waymark/git";
import { parseTaskRef, QUEUE_REFS } from "./task-refs.ts";

/** A place in the order of the tasks that wait. */
export interface Rank {
  readonly rank: number;
  readonly id: string;
  readonly ref: string;
  readonly commit: string;
}

/** Lists the places of the tasks that wait, the next one first. */
export function listRanks(repo: GitRepository): readonly Rank[] {
  return listRefsSync(repo, [`${QUEUE_REFS}/waiting`]).flatMap(({ name, id: commit }) => {
    const parsed = parseTaskRef(name);
    return parsed?.rank === undefined ? [] : [{ rank: parsed.rank, id: parsed.id, ref: name, commit }];
  });
}

/** The greatest rank of a task that waits; 0 when none does. */
export function lastRank(repo: GitRepository): number {
  return listRanks(repo).at(-1)?.rank ?? 0;
}

/** Tells whether any task waits, without looking at one. */
export function hasWaiting(repo: GitRepository): boolean {
  return listRefNamesSync(repo, `${QUEUE_REFS}/waiting`).length > 0;
}
