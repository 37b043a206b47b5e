import { join } from "node:path";
import { parseCommit, readObjectsSync } from "@waymark/git";
import { type DvcQueueTask, listDvcQueue } from "../dvc-state/executions.ts";
import type { Project } from "../project.ts";

/** A task of DVC's own queue, which is DVC's alone: none of our commands runs, changes or removes one. */
export interface DvcQueueEntry {
  /** 40-hex id of the commit that describes it: what DVC shows, shortened, as its number. */
  readonly id: string;
  /** Of the experiment that it made, or is to make. */
  readonly name: string | null;
  /** `killed`: its process is gone, and nobody collected a result. DVC goes on calling it running. */
  readonly state: DvcQueueTask["state"];
  /** 40-hex id. */
  readonly baseline: string;
  /** When it was queued, ISO 8601; `null` when its commit is gone. */
  readonly createdAt: string | null;
}

/** How many characters of an id name a task: DVC shows seven, and takes no fewer than four. */
export const SHORTEST_ID = 4;

/** Lists what is in DVC's queue: what waits first, then the others in the order they were taken. */
export function listDvcEntries(project: Project): readonly DvcQueueEntry[] {
  const tasks = listOf(project);
  if (tasks.length === 0) return [];
  const commits = readObjectsSync(
    project.repo,
    tasks.map(({ task }) => task.stashRev),
  );
  return tasks.map(({ task, state, name }, at) => {
    const commit = commits[at]?.type === "commit" ? parseCommit(commits[at].data) : undefined;
    const seconds = commit?.committer.timeSeconds;
    return {
      ...{ id: task.stashRev, name, state, baseline: task.baseline },
      createdAt: seconds === undefined ? null : new Date(seconds * 1000).toISOString(),
    };
  });
}

/** Tells whether a name, or the first characters of an id, is that of a task of DVC's queue. */
export function isDvcEntry(project: Project, name: string): boolean {
  return listOf(project).some((entry) => {
    return entry.name === name || (name.length >= SHORTEST_ID && entry.task.stashRev.startsWith(name));
  });
}

/** Lists the names that tasks of DVC's queue are to give to experiments of a commit, once they are over. */
export function readDvcQueuedNames(project: Project, baseline: string): ReadonlySet<string> {
  const pending = listOf(project).filter(({ state, task }) => {
    return (state === "queued" || state === "running") && task.baseline === baseline;
  });
  return new Set(pending.flatMap(({ name }) => name ?? []));
}

function listOf({ dvcRoot }: Project): readonly DvcQueueTask[] {
  return listDvcQueue(join(dvcRoot, ".dvc"));
}
