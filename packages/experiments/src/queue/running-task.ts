import type { RunElsewhereOptions } from "../places/elsewhere.ts";
import { endRunCommand } from "../places/end-run-command.ts";
import type { Project } from "../project.ts";
import type { RunEffects, RunResult } from "../run/run-place.ts";
import type { RunSpec } from "../run/run-spec.ts";
import { findRest } from "./continue-task.ts";
import type { HeldTask } from "./lease.ts";
import { listRanks } from "./ranks.ts";
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
}

const ENDS: ReadonlySet<string> = new Set<TaskEnd>(["finished", "stopped", "interrupted", "failed", "killed"]);

type Ending = "stop" | "kill" | "lost";

/** A task that this worker carries out. */
export class RunningTask {
  readonly #project: Project;
  readonly #held: HeldTask;
  readonly #options: RunningTaskOptions;
  readonly #end = new AbortController();
  #renewedMs: number;
  /** Why it is ended by us, if it is. */
  #ending: Ending | undefined;

  constructor(project: Project, held: HeldTask, options: RunningTaskOptions) {
    this.#project = project;
    this.#held = held;
    this.#options = options;
    this.#renewedMs = Date.now();
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
    const isDue = nowMs - this.#renewedMs >= this.#options.leaseMs / 3;
    if (isDue ? !this.#held.renew(nowMs) : !this.#held.isHeld()) {
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
    const { effects } = this.#options;
    const { task } = this.#held;
    try {
      const rest = findRest(this.#project, { ...task, attempts: task.attempts - 1 });
      const result = rest.kind === "run" ? await this.#run(task, rest.spec) : finishedBefore(rest.name, rest.commit);
      return this.#settle(result);
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/\s+/gu, " ") : String(error);
      effects.onWarning?.(`${task.spec.name}: ${reason}`);
      return this.#settle({
        ...{ state: "failed", name: task.spec.name, commit: null, exitCode: null, reason, error },
      });
    }
  }

  async #run(task: QueueTask, spec: RunSpec): Promise<RunResult> {
    const { runner, env, effects } = this.#options;
    const options: RunElsewhereOptions = {
      ...{ kind: "queue", recordId: task.recordId, task: task.id, env },
      fence: () => this.#held.isHeld(),
      signal: this.#end.signal,
    };
    return await runner(task, spec, options, effects.runEffects?.(task) ?? {});
  }

  #endWith(why: Ending, reason: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = why;
    this.#end.abort(reason);
  }

  #settle(result: RunResult): boolean {
    const { effects } = this.#options;
    const isCutShort = result.state === "interrupted" || result.state === "failed";
    if (this.#ending === "stop" && isCutShort) {
      const first = listRanks(this.#project.repo)[0]?.rank ?? Date.now() * 1000;
      if (this.#held.giveBack(Math.max(0, first - 1))) effects.onGivenBack?.(this.#held.task);
      return false;
    }
    const state = this.#ending === "kill" && isCutShort ? "killed" : result.state;
    const { name, commit, exitCode, reason } = result;
    const end: TaskResult = {
      ...{ state: ENDS.has(state) ? (state as TaskEnd) : "failed", name, commit, exitCode, reason },
      endedAt: new Date().toISOString(),
    };
    if (!this.#held.settle(end)) return false;
    effects.onEnd?.(this.#held.task, end);
    return true;
  }
}

function finishedBefore(name: string, commit: string): RunResult {
  return { state: "finished", name, commit, exitCode: 0, reason: null, error: undefined };
}
