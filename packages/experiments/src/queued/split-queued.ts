import type { Project } from "../project.ts";
import { listExperimentRefsSync } from "../experiments.ts";
import { findQueued, type QueuedExperiment } from "./find-queued.ts";

/** Names that were typed, told apart. */
export interface SplitNames {
  /** What experiments have, and what nothing has. */
  readonly names: readonly string[];
  readonly queued: readonly QueuedExperiment[];
}

/** Tells names of tasks from those of experiments; a name of both stands for both, as with DVC. */
export function splitQueued(project: Project, typed: readonly string[]): SplitNames {
  const known = new Set(listExperimentRefsSync(project.repo).flatMap(({ name, ref }) => [name, ref]));
  const found = typed.map((name) => findQueued(project, name));
  return {
    names: typed.filter((name, at) => known.has(name) || found[at] === undefined),
    queued: [...new Map(found.flatMap((each) => (each === undefined ? [] : [[each.task.id, each] as const]))).values()],
  };
}
