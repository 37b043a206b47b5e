import { setTimeout as sleep } from "node:timers/promises";
import { GitCommandError, RefChangedError } from "@waymark/git";
import type { RunElsewhereOptions } from "../places/elsewhere.ts";
import { endRunCommand } from "../places/end-run-command.ts";
import type { Project } from "../project.ts";
import type { RunEffects, RunResult } from "../run/run-place.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { findRest } from "./continue-task.ts";
import type { HeldTask } from "./lease.ts";
import { listRanks } from "./ranks.ts";
import type { SharedQueue } from "./shared/shared-queue.ts";
import { SharedTask } from "./shared/shared-task.ts";
import type { QueueTask, TaskEnd, TaskResult } from "./task.ts";
import type { WorkQueueEffects } from "./work-queue.ts";

/** Carries out the run of a task; `runElsewhere` with its start is one. */
export type TaskRunner = (
  task: QueueTask,
  spec: RunSpec,
  options: RunElsewhereOptions,
  effects: RunEffects,
) => Promise<RunResult>;

/** Options of {@link RunningTask}. */
export interface RunningTaskOptions {
  /** Variables for its commands. */
  readonly env: Readonly<Record<string, string>>;
  readonly leaseMs: number;
  readonly runner: TaskRunner;
  readonly effects: WorkQueueEffects;
  /** Of a queue that other clones share. */
  readonly queue?: SharedQueue | undefined;
}

const SETTLE_ATTEMPTS = 5;
const SETTLE_PAUSE_MS = 500;
/** How often the remote of a shared queue is asked for wishes. */
const SHARED_LOOK_MS = 3000;
const ENDS: ReadonlySet<string> = new Set<TaskEnd>(["finished", "stopped", "interrupted", "failed", "killed"]);

type Ending = "stop" | "kill" | "lost";

/** A task that this worker carries out. */
export class RunningTask {
  readonly #project: Project;
  readonly #held: HeldTask;
  readonly #options: RunningTaskOptions;
  readonly #end = new AbortController();
  readonly #shared: SharedTask | undefined;
  #renewedMs: number;
  #lookedMs = 0;
  /** Its end is being said. */
  #isOver = false;
  #isLooking = false;
  /** Why it is ended by us, if it is. */
  #ending: Ending | undefined;

  constructor(project: Project, held: HeldTask, options: RunningTaskOptions) {
    this.#project = project;
    this.#held = held;
    this.#options = options;
    this.#renewedMs = Date.now();
    this.#shared =
      options.queue === undefined
        ? undefined
        : new SharedTask(project, options.queue, held, {
            signal: this.#end.signal,
            onWarning: (text) => options.effects.onWarning?.(text),
          });
  }

  get id(): string {
    return this.#held.task.id;
  }

  /** The worker has to stop: the run is interrupted, and goes on another time. */
  stop(): void {
    this.#endWith("stop", "its worker was stopped");
  }

  /** Renews the lease when it is time, and looks for wishes. */
  look(nowMs: number): void {
    if (this.#ending === "lost") return;
    const isDue = hasPassed(this.#options.leaseMs / 3, this.#renewedMs, nowMs);
    if (this.#shared !== undefined) {
      if (isDue || hasPassed(SHARED_LOOK_MS, this.#lookedMs, nowMs)) void this.#askRemote(this.#shared, isDue, nowMs);
      return;
    }
    this.#noteAnswer(isDue ? this.#held.renew(nowMs) : this.#held.isHeld(), isDue, nowMs);
  }

  /** A remote that is away takes no task from us: whether it is still ours is decided when there is something to say. */
  async #askRemote(shared: SharedTask, isDue: boolean, nowMs: number): Promise<void> {
    if (this.#isLooking || this.#isOver) return;
    this.#isLooking = true;
    this.#lookedMs = nowMs;
    try {
      this.#noteAnswer(await (isDue ? shared.renew(nowMs) : shared.isHeld()), isDue, nowMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isOver) this.#options.effects.onWarning?.(`${this.#held.task.spec.name}: ${reason}`);
    } finally {
      this.#isLooking = false;
    }
  }

  #noteAnswer(isOurs: boolean, isDue: boolean, nowMs: number): void {
    if (this.#isOver) return;
    if (!isOurs) {
      this.#endWith("lost", "another worker has taken the task over");
      return;
    }
    if (isDue) this.#renewedMs = nowMs;
    const { kill } = this.#held;
    if (kill !== null) this.#endWith("kill", "it was killed");
    if (kill === "force") endRunCommand(this.#project, this.#held.task.recordId, "SIGKILL");
  }

  /** @returns Whether the task is over; it is not when it waits again, or is somebody else's. */
  async carryOut(): Promise<boolean> {
    return await this.#settlePatiently(await this.#work(this.#held.task));
  }

  async #work(task: QueueTask): Promise<RunResult> {
    try {
      await this.#shared?.begin();
      const rest = findRest(this.#project, { ...task, attempts: task.attempts - 1 });
      return rest.kind === "run" ? await this.#run(task, rest.spec) : finishedBefore(rest.name, rest.commit);
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/\s+/gu, " ") : String(error);
      this.#options.effects.onWarning?.(`${task.spec.name}: ${reason}`);
      return { state: "failed", name: task.spec.name, commit: null, exitCode: null, reason, error };
    }
  }

  /** A lock of Git that is held for long must not make a task that has finished one that failed. */
  async #settlePatiently(result: RunResult): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#settle(result);
      } catch (error) {
        const mayPass = error instanceof GitCommandError && !(error instanceof RefChangedError);
        if (!mayPass || attempt === SETTLE_ATTEMPTS) throw error;
        this.#options.effects.onWarning?.(`${this.#held.task.spec.name}: ${error.message}`);
        await sleep(SETTLE_PAUSE_MS);
      }
    }
  }

  async #run(task: QueueTask, spec: RunSpec): Promise<RunResult> {
    const { runner, env, effects } = this.#options;
    const options: RunElsewhereOptions = {
      ...{ kind: "queue", recordId: task.recordId, task: task.id, env },
      // Of a shared queue, the remote decides: nothing goes there but with the lease.
      fence: () => (this.#shared === undefined ? this.#held.checks() : this.#ending === "lost" ? undefined : []),
      signal: this.#end.signal,
    };
    return await runner(task, spec, options, effects.runEffects?.(task) ?? {});
  }

  #endWith(why: Ending, reason: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#end.abort(reason);
  }

  async #settle(result: RunResult): Promise<boolean> {
    const { effects } = this.#options;
    if (this.#ending === "lost" && this.#shared !== undefined) return false;
    this.#isOver = true;
    const isCutShort = result.state === "interrupted" || result.state === "failed";
    if (this.#ending === "stop" && isCutShort) {
      if (await this.#giveBack()) effects.onGivenBack?.(this.#held.task);
      return false;
    }
    const state = this.#ending === "kill" && isCutShort ? "killed" : result.state;
    const { name, commit, exitCode, reason } = result;
    const end: TaskResult = {
      ...{ state: ENDS.has(state) ? (state as TaskEnd) : "failed", name, commit, exitCode, reason },
      endedAt: new Date().toISOString(),
    };
    const said = await this.#say(end);
    if (said === undefined) return false;
    effects.onEnd?.(this.#held.task, said);
    return true;
  }

  async #say(end: TaskResult): Promise<TaskResult | undefined> {
    if (this.#shared !== undefined) return this.#shared.settle(end);
    return this.#held.settle(end) ? end : undefined;
  }

  async #giveBack(): Promise<boolean> {
    if (this.#shared !== undefined) return this.#shared.giveBack();
    const first = listRanks(this.#project.repo)[0]?.rank ?? Date.now() * 1000;
    return this.#held.giveBack(Math.max(0, first - 1));
  }
}

function finishedBefore(name: string, commit: string): RunResult {
  return { state: "finished", name, commit, exitCode: 0, reason: null, error: undefined };
}

/** A clock that was put back tells nothing of the time since: it counts as passed, before others take the lease for over. */
function hasPassed(ms: number, sinceMs: number, nowMs: number): boolean {
  return nowMs < sinceMs || nowMs - sinceMs >= ms;
}
