const ABORTED = 0;
const BYTES = 1;
const FILES = 2;

/** Memory that the threads of one job share. */
export type JobMemory = SharedArrayBuffer;

/** What is asked of the threads of one job while they work, and what they say: read and written without messages. */
export class JobControl {
  readonly memory: JobMemory;
  readonly #words: BigInt64Array;

  constructor(memory: JobMemory = new SharedArrayBuffer(24)) {
    this.memory = memory;
    this.#words = new BigInt64Array(memory);
  }

  get isAborted(): boolean {
    return Atomics.load(this.#words, ABORTED) !== 0n;
  }

  abort(): void {
    Atomics.store(this.#words, ABORTED, 1n);
  }

  get bytes(): number {
    return Number(Atomics.load(this.#words, BYTES));
  }

  get files(): number {
    return Number(Atomics.load(this.#words, FILES));
  }

  addBytes(count: number): void {
    Atomics.add(this.#words, BYTES, BigInt(count));
  }

  addFiles(count: number): void {
    Atomics.add(this.#words, FILES, BigInt(count));
  }

  /** @throws {@link JobAbortedError} when nobody waits for the job any more. */
  throwIfAborted(): void {
    if (this.isAborted) throw new JobAbortedError();
  }
}

/** Work was given up because nobody waits for it; never seen outside of a job. */
export class JobAbortedError extends Error {
  override readonly name = "JobAbortedError";
}
