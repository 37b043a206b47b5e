import type { Project } from "../../project.ts";
import { findRest } from "../../queue/continue-task.ts";
import type { QueueTask, TaskResult } from "../../queue/task.ts";
import type { RunResult } from "../../run/run-place.ts";
import type { RunSpec } from "../../run/run-spec.ts";

/** A task as it was when it was submitted. */
export interface TaskBefore {
  /** Of the queue. */
  readonly task: string;
  readonly spec: RunSpec;
  /** Id of the record of the run, in every job that carries it out. */
  readonly recordId: string;
  /** How often workers had taken it before. */
  readonly attempts: number;
  /** How the last of them ended. */
  readonly result: TaskResult | null;
}

/** What a job has to do: a run, or nothing, because one that was killed had finished it. */
export type RestOfTask = { readonly spec: RunSpec } | { readonly done: RunResult };

/**
 * Finds out what is left to do of a task: what comes after its newest checkpoint, in the time that is left.
 *
 * @param isAgain - Slurm has started the job anew.
 * @param usedMs - Time that it has taken so far.
 */
export function restOfTask(project: Project, before: TaskBefore, isAgain: boolean, usedMs: number): RestOfTask {
  const rest = findRest(project, asTask(before, isAgain));
  if (rest.kind === "finished") {
    const { name, commit } = rest;
    return { done: { state: "finished", name, commit, exitCode: 0, reason: null, error: undefined } };
  }
  const { spec } = rest;
  const { maxTimeMs } = spec.rules;
  const left = maxTimeMs === null ? null : Math.max(1, maxTimeMs - usedMs);
  return { spec: { ...spec, rules: { ...spec.rules, maxTimeMs: left } } };
}

function asTask({ task, spec, recordId, attempts, result }: TaskBefore, isAgain: boolean): QueueTask {
  return {
    ...{ schema: 1, id: task, spec, recordId, createdAt: "", startedAt: null, lease: null, result },
    ...{ place: "active", ref: "", commit: "", rank: undefined, attempts: attempts + (isAgain ? 1 : 0) },
  };
}
