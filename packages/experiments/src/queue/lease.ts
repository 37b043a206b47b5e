import { type ProcessIdentity, processIdentity, processState } from "@waymark/files";
import { readRef, RefChangedError, type RefUpdate, updateRefs } from "@waymark/git";
import type { Project } from "../project.ts";
import { planChange } from "./change-task.ts";
import { readTasks } from "./list-tasks.ts";
import type { QueueTask, TaskLease, TaskResult } from "./task.ts";

/** How long a lease lasts that is not renewed, in milliseconds. */
export const LEASE_MS = 60_000;

/** Who wants a task, and for how long. */
export interface LeaseRequest {
  /** The worker's id. */
  readonly worker: string;
  readonly nowMs: number;
  /** Default {@link LEASE_MS}. */
  readonly leaseMs?: number | undefined;
  /** Default: this process. */
  readonly holder?: ProcessIdentity;
}

/**
 * Tells whether a lease is over: its process is gone, or it is on another host, where we cannot look, and has not
 * renewed it in time.
 */
export function isLeaseOver({ holder, expiresAt }: TaskLease, nowMs: number): boolean {
  switch (processState(holder)) {
    case "alive":
      return false;
    case "dead":
      return true;
    case "elsewhere":
      return Date.parse(expiresAt) <= nowMs;
  }
}

/** What a task of a shared queue has made. */
type MadeSoFar = Pick<QueueTask, "experiment">;

/** A task that this process has for as long as it renews its lease. Nothing here waits or starts anything by itself. */
export class HeldTask {
  readonly #project: Pick<Project, "repo">;
  readonly #leaseMs: number;
  #task: QueueTask;

  constructor(project: Pick<Project, "repo">, task: QueueTask, leaseMs: number) {
    this.#project = project;
    this.#task = task;
    this.#leaseMs = leaseMs;
  }

  get task(): QueueTask {
    return this.#task;
  }

  /** Tells whether the task is still ours: its ref is where we left it, or somebody only wrote a wish on it. */
  isHeld(): boolean {
    const now = readRef(this.#project.repo, this.#task.ref);
    if (now === this.#task.commit) return true;
    const [task] = now === undefined ? [] : readTasks(this.#project.repo, [{ name: this.#task.ref, id: now }]);
    if (task?.lease?.fence !== this.#task.lease?.fence || task?.lease?.worker !== this.#task.lease?.worker)
      return false;
    this.#task = task ?? this.#task;
    return true;
  }

  /** What holds in refs as long as the task is ours, to be checked where something is written for it; see `RunFence`. */
  checks(): readonly RefUpdate[] | undefined {
    if (!this.isHeld()) return undefined;
    const { ref, commit } = this.#task;
    return [{ ref, newId: commit, oldId: commit }];
  }

  /** How somebody wants the task ended; `null`: nobody does. To be asked after {@link isHeld}. */
  get kill(): TaskLease["kill"] {
    return this.#task.lease?.kill ?? null;
  }

  /**
   * @param made - What it has made so far and everybody can have.
   * @returns Whether the task is still ours.
   */
  renew(nowMs: number, made: MadeSoFar = {}): boolean {
    const lease = this.#task.lease;
    if (lease === null) return false;
    const expiresAt = new Date(nowMs + this.#leaseMs).toISOString();
    return this.#change({ place: "active", content: { lease: { ...lease, expiresAt }, ...made } });
  }

  /** Says how the task ended. @returns False when somebody else has it: then nothing was said. */
  settle(result: TaskResult, made: MadeSoFar = {}): boolean {
    return this.#change({ place: "done", content: { lease: null, result, ...made } });
  }

  /** Gives the task back, in front of all that wait. @returns Whether it was still ours. */
  giveBack(rank: number, made: MadeSoFar = {}): boolean {
    return this.#change({ place: "waiting", rank, content: { lease: null, ...made } });
  }

  /** Takes back what was said last and came nowhere. */
  restore(task: QueueTask): void {
    this.#task = task;
  }

  #change(change: Parameters<typeof planChange>[2]): boolean {
    // A wish may be written on it between our look and our change.
    while (this.isHeld()) {
      const planned = planChange(this.#project, this.#task, withWishes(change, this.#task));
      try {
        updateRefs(this.#project.repo, planned.updates);
        this.#task = planned.task;
        return true;
      } catch (error) {
        if (!(error instanceof RefChangedError)) throw error;
        // Where it is to go there is something already: trying again would never end. Unless it was taken over, and is over.
        if (isTaken(this.#project, planned.updates) && this.isHeld()) throw error;
      }
    }
    return false;
  }
}

/** Tells whether a ref exists that was to be made. */
function isTaken({ repo }: Pick<Project, "repo">, updates: readonly RefUpdate[]): boolean {
  return updates.some(({ ref, oldId }) => oldId === null && readRef(repo, ref) !== undefined);
}

function withWishes(change: Parameters<typeof planChange>[2], task: QueueTask): Parameters<typeof planChange>[2] {
  const { lease } = change.content;
  if (lease === null || lease === undefined) return change;
  return { ...change, content: { ...change.content, lease: { ...lease, kill: task.lease?.kill ?? null } } };
}

/** Makes the lease that follows on the last one of a task. */
export function nextLease(task: QueueTask, request: LeaseRequest, fence: number): TaskLease {
  const { worker, nowMs, leaseMs = LEASE_MS, holder = processIdentity() } = request;
  const expiresAt = new Date(nowMs + leaseMs).toISOString();
  return { ...{ worker, holder, expiresAt, kill: null }, fence: Math.max(fence, (task.lease?.fence ?? 0) + 1) };
}
