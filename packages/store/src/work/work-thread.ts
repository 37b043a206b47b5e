// What runs on a thread of the pool: does one task after the other.
import { parentPort } from "node:worker_threads";
import { JobControl, type JobMemory } from "./job-control.ts";
import { doTask, type Task, type TaskResult } from "./task.ts";
import { packError, type ThreadError } from "./thread-error.ts";

/** What a thread is asked. */
export interface ThreadRequest {
  readonly id: number;
  readonly task: Task;
  readonly memory: JobMemory;
}

/** What it answers. */
export type ThreadAnswer =
  | { readonly id: number; readonly result: TaskResult }
  | { readonly id: number; readonly error: ThreadError };

let last = Promise.resolve();

parentPort?.on("message", (request: ThreadRequest) => {
  // One after the other, although waiting for a disk would let them overlap: memory stays that of one file.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  last = last.then(async () => parentPort?.postMessage(await answer(request)));
});

async function answer({ id, task, memory }: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { id, result: await doTask(task, new JobControl(memory), false) };
  } catch (error) {
    return { id, error: packError(error) };
  }
}
