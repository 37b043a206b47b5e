import { cpus } from "node:os";

/** Returns how many transfers go on at once unless told otherwise: DVC's figure. */
export function defaultJobs(): number {
  return 4 * Math.max(1, cpus().length);
}

/**
 * Does work on items, a limited number at a time. The first error stops it: nothing new begins, what has begun ends,
 * then the error is thrown.
 */
export async function forEachLimited<T>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (failure === undefined) {
      try {
        signal?.throwIfAborted();
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  if (failure !== undefined) throw failure.error;
}

/** Bytes that transfers may hold in memory together. */
export class ByteBudget {
  #free: number;
  readonly #total: number;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];

  constructor(totalBytes: number) {
    this.#total = totalBytes;
    this.#free = totalBytes;
  }

  /**
   * Does work once its share is free, in the order of asking. More than there is in all counts as all of it.
   */
  async use<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#total);
    if (this.#waiting.length > 0 || this.#free < share) {
      await new Promise<void>((resolve) => this.#waiting.push({ bytes: share, go: resolve }));
    } else {
      this.#free -= share;
    }
    try {
      return await work();
    } finally {
      this.#free += share;
      this.#wake();
    }
  }

  #wake(): void {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.bytes > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.go();
    }
  }
}
