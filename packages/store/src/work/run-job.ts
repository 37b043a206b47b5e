import { JobAbortedError, JobControl } from "./job-control.ts";
import type { Task, TaskResult } from "./task.ts";
import { doHere, type WorkPool } from "./work-pool.ts";

/** How far a job has come. */
export interface DataProgress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Options that all long work of the store takes. */
export interface JobOptions {
  /** Gives the work up: what is complete stays, what is half done goes, and the reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Hears about ten times a second how far the work has come, and once at its end. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
}

/** A file of a job: what tasks are cut by. */
interface Sized {
  readonly sizeBytes: number;
}

/** A task is over soon enough for its end to be news, and long enough for messages not to matter. */
const TASK_FILES = 250;
const TASK_BYTES = 16 * 1024 * 1024;
/** Less than this is done before threads have started. */
const THREAD_FILES = 1000;
const THREAD_BYTES = 48 * 1024 * 1024;
const PROGRESS_MS = 100;

/** Cuts the files of a job into tasks. */
export function cutIntoTasks<File extends Sized>(
  files: readonly File[],
  make: (files: readonly File[]) => Task,
): Task[] {
  const tasks: Task[] = [];
  let portion: File[] = [];
  let bytes = 0;
  for (const file of files) {
    portion.push(file);
    bytes += file.sizeBytes;
    if (portion.length < TASK_FILES && bytes < TASK_BYTES) continue;
    tasks.push(make(portion));
    portion = [];
    bytes = 0;
  }
  if (portion.length > 0) tasks.push(make(portion));
  return tasks;
}

/**
 * Does the tasks of a job: on all cores when there is enough to do, else here.
 *
 * @param total - What the progress is held against.
 * @returns The results, in the order of the tasks.
 * @throws The reason of the signal, or the first error of a task; by then no thread works on the job any more.
 */
export async function runJob(
  pool: WorkPool,
  tasks: readonly Task[],
  total: { readonly files: number; readonly bytes: number },
  options: JobOptions,
): Promise<readonly TaskResult[]> {
  options.signal?.throwIfAborted();
  const control = new JobControl();
  const onAbort = (): void => control.abort();
  options.signal?.addEventListener("abort", onAbort);
  const report = (): void =>
    options.onProgress?.({
      files: control.files,
      totalFiles: total.files,
      bytes: control.bytes,
      totalBytes: total.bytes,
    });
  const timer = options.onProgress === undefined ? undefined : setInterval(report, PROGRESS_MS);
  try {
    const isLarge = total.files >= THREAD_FILES || total.bytes >= THREAD_BYTES;
    const results = await (isLarge && tasks.length > 1 && pool.isUseful
      ? doOnThreads(pool, tasks, control)
      : doInOrder(tasks, control));
    report();
    return results;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

async function doInOrder(tasks: readonly Task[], control: JobControl): Promise<readonly TaskResult[]> {
  const results: TaskResult[] = [];
  for (const task of tasks) results.push(await doHere(task, control));
  return results;
}

async function doOnThreads(
  pool: WorkPool,
  tasks: readonly Task[],
  control: JobControl,
): Promise<readonly TaskResult[]> {
  let failure: unknown;
  const results = await Promise.all(
    tasks.map(async (task) => {
      try {
        return await pool.do(task, control);
      } catch (error) {
        // The others stop at their next file. Their saying so is not what went wrong.
        if (failure === undefined || failure instanceof JobAbortedError) failure = error;
        control.abort();
        return undefined;
      }
    }),
  );
  if (failure !== undefined) throw failure;
  return results.filter((result) => result !== undefined);
}
