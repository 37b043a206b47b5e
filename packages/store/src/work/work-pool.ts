import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { JobControl } from "./job-control.ts";
import { doTask, type Task, type TaskResult } from "./task.ts";
import { unpackError } from "./thread-error.ts";
import type { ThreadAnswer, ThreadRequest } from "./work-thread.ts";

/** Sources run as they are in tests; a thread needs what was built of them. */
const THREAD = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/work/work-thread.js" : "./work-thread.js",
  import.meta.url,
);
const MOST_THREADS = 16;
/** Tasks a thread has before it: it never waits for the next. */
const AHEAD = 2;

interface Waiting {
  readonly request: ThreadRequest;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Threads that hash, insert and place files. They start with the first work and never keep the process from ending. */
export class WorkPool {
  readonly #size: number;
  readonly #threads: Thread[] = [];
  readonly #queue: Waiting[] = [];
  #nextId = 0;

  /** @param threads - Default: one for every core, 16 at most. */
  constructor(threads: number | undefined) {
    this.#size = Math.max(1, Math.min(threads ?? availableParallelism(), MOST_THREADS));
  }

  /** Whether there is anything to gain: with one core, and where the threads' program is missing, there is not. */
  get isUseful(): boolean {
    return this.#size > 1 && existsSync(fileURLToPath(THREAD));
  }

  /** Has a task done by the first thread that is free. */
  async do(task: Task, control: JobControl): Promise<TaskResult> {
    return await new Promise((resolve, reject) => {
      const request = { id: (this.#nextId += 1), task, memory: control.memory };
      this.#queue.push({ request, resolve, reject });
      this.#advance();
    });
  }

  /** Ends the threads; what they were doing is given up. */
  async close(): Promise<void> {
    const threads = this.#threads.splice(0);
    await Promise.all(threads.map(async ({ worker }) => worker.terminate()));
  }

  #advance(): void {
    while (this.#queue.length > 0) {
      const thread = this.#freeThread();
      const next = thread === undefined ? undefined : this.#queue.shift();
      if (thread === undefined || next === undefined) return;
      if (thread.waiting.size === 0) thread.worker.ref();
      thread.waiting.set(next.request.id, next);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      thread.worker.postMessage(next.request);
    }
  }

  /** An idle one, a new one, or the one with the least before it. */
  #freeThread(): Thread | undefined {
    const least = this.#threads.toSorted((a, b) => a.waiting.size - b.waiting.size)[0];
    if (least?.waiting.size === 0) return least;
    if (this.#threads.length < this.#size) return this.#start();
    return least !== undefined && least.waiting.size < AHEAD ? least : undefined;
  }

  #start(): Thread {
    // Options of this process, such as a loader of a test runner, are not for the threads.
    const thread: Thread = { worker: new Worker(THREAD, { execArgv: [] }), waiting: new Map() };
    thread.worker.on("message", (answer: ThreadAnswer) => this.#take(thread, answer));
    thread.worker.on("error", (error: Error) => this.#fail(thread, error));
    this.#threads.push(thread);
    return thread;
  }

  #take(thread: Thread, answer: ThreadAnswer): void {
    const waiting = thread.waiting.get(answer.id);
    thread.waiting.delete(answer.id);
    if (thread.waiting.size === 0) thread.worker.unref();
    if ("error" in answer) waiting?.reject(unpackError(answer.error));
    else waiting?.resolve(answer.result);
    this.#advance();
  }

  #fail(thread: Thread, error: Error): void {
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    for (const { reject } of thread.waiting.values()) reject(error);
    this.#advance();
  }
}

/** Does a task on this thread, which gets to other things between files. */
export async function doHere(task: Task, control: JobControl): Promise<TaskResult> {
  return await doTask(task, control, true);
}
