import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { runElsewhere } from "../places/run-elsewhere.ts";
import type { Project } from "../project.ts";
import type { RunEffects } from "../run/run-place.ts";
import { claimTask } from "./claim-task.ts";
import { type GpuSlot, takeGpu } from "./gpu-slots.ts";
import { LEASE_MS } from "./lease.ts";
import { RunningTask, type TaskRunner } from "./running-task.ts";
import type { QueueTask, TaskResult } from "./task.ts";
import { WorkerRegistration } from "./workers.ts";

/** Options of {@link workQueue}. */
export interface WorkQueueOptions {
  /** Tasks at a time. Default 1. */
  readonly slots?: number;
  /** Each task gets one of these GPUs for itself, and waits for it. Default: tasks see what this process sees. */
  readonly gpus?: readonly string[] | undefined;
  /** Time without a task after which the worker ends, in milliseconds. Default 10 000, as DVC's. */
  readonly idleMs?: number;
  /** Default {@link LEASE_MS}. */
  readonly leaseMs?: number;
  /** Ends the worker: its tasks are interrupted and go back to the queue. */
  readonly signal?: AbortSignal | undefined;
  /** Carries out a task. Default: in a work tree of the pool. */
  readonly run?: TaskRunner;
}

/** Who hears of a worker. */
export interface WorkQueueEffects {
  readonly onStart?: (task: QueueTask) => void;
  readonly onEnd?: (task: QueueTask, result: TaskResult) => void;
  /** The task waits again: the worker stops. */
  readonly onGivenBack?: (task: QueueTask) => void;
  readonly onWarning?: (text: string) => void;
  /** Hears of a run while it goes on. */
  readonly runEffects?: (task: QueueTask) => RunEffects;
}

/** How often workers look for tasks, wishes and their leases. */
const POLL_MS = 200;

/**
 * Works on the queue until there has been nothing to do for a while, or somebody wants it to stop. Any number of
 * workers can do so at the same time, on any number of hosts.
 *
 * ```
 * claim ─▶ run ─┬─ ends ────────────────────▶ done
 *               ├─ somebody kills it ───────▶ done: killed
 *               ├─ the worker has to stop ──▶ waiting, in front; goes on from its newest checkpoint
 *               └─ the worker is gone ──────▶ another worker claims it, with a greater fencing number
 * ```
 *
 * @returns How many tasks it has carried out to their end.
 */
export async function workQueue(
  project: Project,
  options: WorkQueueOptions = {},
  effects: WorkQueueEffects = {},
): Promise<number> {
  const { slots = 1, idleMs = 10_000, gpus, signal, leaseMs = LEASE_MS } = options;
  const worker = randomBytes(4).toString("hex");
  const registration = new WorkerRegistration(project, worker, { gpus: gpus ?? null, nowMs: Date.now() });
  const running = new Map<RunningTask, Promise<void>>();
  let ended = 0;
  let idleSince = Date.now();
  let isStopping = false;
  const runner = options.run ?? ((task, spec, how, runEffects) => runElsewhere(project, spec, task, how, runEffects));

  const begin = (): boolean => {
    const slot = gpus === undefined ? undefined : takeGpu(project, gpus);
    if (gpus !== undefined && slot === undefined) return false;
    const held = claimTask(project, { worker, nowMs: Date.now(), leaseMs });
    if (held === undefined) {
      slot?.release();
      return false;
    }
    effects.onStart?.(held.task);
    const task = new RunningTask(project, held, { env: environmentOf(slot), leaseMs, runner, effects });
    const work = task.carryOut().then((isOver) => {
      slot?.release();
      running.delete(task);
      if (isOver) ended += 1;
      idleSince = Date.now();
      registration.setTasks([...running.keys()].map(({ id }) => id));
    });
    running.set(task, work);
    registration.setTasks([...running.keys()].map(({ id }) => id));
    return true;
  };

  try {
    for (;;) {
      const wish = signal?.aborted === true ? "now" : registration.stopWish;
      isStopping ||= wish !== undefined;
      if (wish === "now") for (const task of running.keys()) task.stop();
      while (!isStopping && running.size < slots && begin());
      if (running.size === 0 && (isStopping || Date.now() - idleSince >= idleMs)) return ended;
      for (const task of running.keys()) task.look(Date.now());
      await Promise.race([...running.values(), sleep(POLL_MS)]);
    }
  } finally {
    await Promise.allSettled(running.values());
    registration.close();
  }
}

function environmentOf(slot: GpuSlot | undefined): Readonly<Record<string, string>> {
  return slot === undefined ? {} : { CUDA_VISIBLE_DEVICES: slot.gpu };
}
