import type { GitRef } from "@waymark/git";
import { formatExperimentRef } from "../experiment-ref.ts";
import type { Project } from "../project.ts";
import { isLeaseOver } from "../queue/lease.ts";
import { readTasks } from "../queue/list-tasks.ts";
import type { QueueTask } from "../queue/task.ts";
import { runLogPath } from "../run/run-record.ts";
import type { ExecutorState } from "./executor-state.ts";

/** A task of our queue, as listings show it. */
export interface OwnTask {
  readonly task: QueueTask;
  /** `running` while a worker has it: what it does then, its record tells. */
  readonly status: "queued" | "running" | "failed" | "done";
  readonly executor: ExecutorState;
}

/** What DVC calls its own queue; whoever reads its JSON knows that a queue can be asked. */
const QUEUE = "dvc-task";

/** Reads the tasks of our queue. One whose worker is gone waits for another. */
export function readOwnTasks(project: Project, refs: readonly GitRef[], nowMs: number): readonly OwnTask[] {
  return readTasks(project.repo, refs).map((task): OwnTask => {
    const status = statusOf(task, nowMs);
    return { task, status, executor: describe(project, task, status) };
  });
}

/** The executors of experiments that tasks made, by full ref. */
export function succeededTasks(tasks: readonly OwnTask[]): ReadonlyMap<string, ExecutorState> {
  return new Map(
    tasks.flatMap(({ task: { spec, result }, status, executor }) =>
      status === "done" && result !== null
        ? [[formatExperimentRef(spec.baseline, result.name), executor] as const]
        : [],
    ),
  );
}

/** Tells whether Slurm has a task, which then waits there or runs. */
export function isAtSlurm({ place, lease }: Pick<QueueTask, "lease" | "place">): boolean {
  return place === "active" && lease?.worker.startsWith("slurm/") === true;
}

/** A task that is somebody's but of which no run has begun: it waits. */
export function asQueued({ task, executor }: OwnTask): OwnTask {
  const local = executor.local === null ? null : { ...executor.local, log: null };
  return { task, status: "queued", executor: { ...executor, state: "queued", local } };
}

function statusOf({ place, lease, result }: QueueTask, nowMs: number): OwnTask["status"] {
  if (place === "waiting" || (place === "active" && (lease === null || isLeaseOver(lease, nowMs)))) return "queued";
  if (place === "active") return "running";
  // A task that failed after a checkpoint has its experiment, which says so itself.
  return (result?.commit ?? null) === null ? "failed" : "done";
}

function describe(project: Project, task: QueueTask, status: OwnTask["status"]): ExecutorState {
  const { id, recordId, result } = task;
  const hasRun = status !== "queued";
  const log = hasRun ? runLogPath(project, recordId) : null;
  const name = isAtSlurm(task) ? "slurm" : QUEUE;
  const local = { root: null, log, pid: null, returncode: result?.exitCode ?? null, taskId: id };
  switch (status) {
    case "queued":
      return { state: "queued", name, local };
    case "running":
      return { state: "running", name, local };
    case "failed":
      return { state: "failed", name: null, local };
    case "done":
      return { state: "success", name: QUEUE, local };
  }
}
