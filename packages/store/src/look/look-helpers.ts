import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { finishPortions, lookAtPortions, newLookMemory, type LookMemory } from "./look-portions.ts";
import type { LookRequest } from "./look-thread.ts";

/** Sources run as they are in tests; a thread needs what was built of them. */
const THREAD = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/look/look-thread.js" : "./look-thread.js",
  import.meta.url,
);
const MOST_HELPERS = 3;
/** For less, threads would start when the work is over. */
const MANY_FILES = 20_000;

/**
 * Threads that help to look at the files of one large folder. They start while the folder is still being listed, and
 * those that come too late change nothing: this thread does what nobody else has taken.
 */
export class LookHelpers {
  readonly #workers: readonly Worker[];

  /** @param expected - How many files there may be, as far as is known: few start no thread. */
  constructor(expected: number) {
    const isWorth = expected >= MANY_FILES && existsSync(fileURLToPath(THREAD));
    const count = isWorth ? Math.min(MOST_HELPERS, availableParallelism() - 1) : 0;
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(THREAD, { execArgv: [] });
      // What a thread fails to do is done here.
      worker.on("error", () => undefined);
      worker.unref();
      return worker;
    });
  }

  /**
   * Looks at files, symbolic links followed.
   *
   * @param folder - Absolute.
   * @returns What they are and how they look, in their order.
   * @throws System errors
   */
  lookAtAll(folder: string, relpaths: readonly string[]): LookMemory {
    const memory = newLookMemory(relpaths.length);
    if (this.#workers.length > 0) {
      const request: LookRequest = { folder, relpaths: relpaths.join("\0"), memory };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      for (const worker of this.#workers) worker.postMessage(request);
    }
    const paths = relpaths.map((relpath) => `${folder}/${relpath}`);
    lookAtPortions(paths, memory);
    finishPortions(paths, memory);
    return memory;
  }

  /** Ends threads that nobody asked for anything. */
  close(): void {
    for (const worker of this.#workers) void worker.terminate();
  }
}
