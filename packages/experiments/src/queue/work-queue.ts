import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { GitCommandError, GitRemoteError } from "@waymark/git";
import { runElsewhere } from "../places/run-elsewhere.ts";
import type { Project } from "../project.ts";
import type { RunEffects } from "../run/run-place.ts";
import { claimTask } from "./claim-task.ts";
import { type HeldTask, LEASE_MS } from "./lease.ts";
import { hasWaiting } from "./ranks.ts";
import { RunningTask, type TaskRunner } from "./running-task.ts";
import { claimShared } from "./shared/claim-shared.ts";
import { SharedQueue } from "./shared/shared-queue.ts";
import { takeSlot, usableCpus } from "./slots.ts";
import type { QueueTask, TaskResult } from "./task.ts";
import { WorkerRegistration } from "./workers.ts";

/** Options of {@link workQueue}. */
export interface WorkQueueOptions {
  /** Tasks at a time. Default 1. */
  readonly slots?: number;
  /** Each task gets one of these GPUs for itself, and waits for it. Default: tasks see what this process sees. */
  readonly gpus?: readonly string[] | undefined;
  /** Each task gets so many CPUs for itself, and waits for them. Default: tasks share those of this process. */
  readonly cpus?: number | undefined;
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
/** How often idle workers ask the remote of a shared queue for tasks. */
const SHARED_POLL_MS = 2000;
/** How long they wait for a remote that is away, and how often. */
const OUTAGE_MS = 10_000;
const PATIENCE_OUTAGES = 360;
/** After so many failures of Git in a row a worker gives up. */
const PATIENCE = 5;

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
  const { slots = 1, idleMs = 10_000, gpus, cpus, signal, leaseMs = LEASE_MS } = options;
  if (cpus !== undefined) usableCpus(cpus);
  const worker = randomBytes(4).toString("hex");
  const registration = new WorkerRegistration(project, worker, { gpus: gpus ?? null, nowMs: Date.now() });
  const running = new Map<RunningTask, Promise<void>>();
  let ended = 0;
  /** By a clock that only goes forward, as all that is waited for here. */
  let idleSince = performance.now();
  let isStopping = false;
  const queue = SharedQueue.open(project);
  /** A remote is not asked all the time by those who have nothing to do. */
  let askAgainMs = 0;
  let outages = 0;
  const runner = options.run ?? ((task, spec, how, runEffects) => runElsewhere(project, spec, task, how, runEffects));

  const begin = async (): Promise<boolean> => {
    if (performance.now() < askAgainMs) return false;
    const slot = takeSlot({ gpus, cpus }, project.repo.env);
    if (slot === undefined) {
      // It is not without work: what it needs is with another worker, perhaps for days.
      if (hasWaiting(project.repo)) idleSince = performance.now();
      return false;
    }
    let held: HeldTask | undefined;
    try {
      const request = { worker, nowMs: Date.now(), leaseMs };
      held = queue === undefined ? claimTask(project, request) : await claimShared(project, queue, request, signal);
      outages = 0;
    } catch (error) {
      outages += 1;
      if (signal?.aborted === true) return false;
      if (queue === undefined || !(error instanceof GitRemoteError) || outages > PATIENCE_OUTAGES) throw error;
      if (outages === 1) effects.onWarning?.(error.message);
      // Nobody knows whether there is something to do.
      idleSince = performance.now();
      askAgainMs = performance.now() + OUTAGE_MS;
      return false;
    } finally {
      if (held === undefined) slot.release();
    }
    if (held === undefined) {
      if (queue !== undefined) askAgainMs = performance.now() + SHARED_POLL_MS;
      return false;
    }
    effects.onStart?.(held.task);
    const task = new RunningTask(project, held, { env: slot.env, leaseMs, runner, effects, queue });
    const work = task.carryOut().then((isOver) => {
      slot.release();
      running.delete(task);
      if (isOver) ended += 1;
      idleSince = performance.now();
      askAgainMs = 0;
      registration.setTasks([...running.keys()].map(({ id }) => id));
    });
    running.set(task, work);
    registration.setTasks([...running.keys()].map(({ id }) => id));
    return true;
  };

  let failures = 0;
  /** A Git command may be killed, or find a lock: that is no reason to give up the tasks that run. */
  const persist = async (action: () => boolean | Promise<boolean>): Promise<boolean> => {
    try {
      const answer = await action();
      failures = 0;
      return answer;
    } catch (error) {
      failures += 1;
      if (!(error instanceof GitCommandError) || failures >= PATIENCE) throw error;
      effects.onWarning?.(error.message);
      return false;
    }
  };

  try {
    for (;;) {
      const wish = signal?.aborted === true ? "now" : registration.stopWish;
      isStopping ||= wish !== undefined;
      if (wish === "now") for (const task of running.keys()) task.stop();
      while (!isStopping && running.size < slots && (await persist(begin)));
      if (running.size === 0 && (isStopping || performance.now() - idleSince >= idleMs)) return ended;
      for (const task of running.keys()) await persist(() => (task.look(Date.now()), true));
      await Promise.race([...running.values(), sleep(POLL_MS)]);
    }
  } finally {
    await Promise.allSettled(running.values());
    registration.close();
  }
}
