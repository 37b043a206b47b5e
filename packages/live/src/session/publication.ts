/**
 * A file that is replaced as a whole, at most every `intervalMs` while the training is fast.
 *
 * Replacing costs a hundred times an append, so a loop of a thousand steps a second would spend a quarter of its time
 * on it. A step that comes later than the interval publishes at once; whatever is left over is published by `flush`.
 */
export class Publication {
  readonly #intervalMs: number;
  readonly #write: () => boolean;
  #isPending = false;
  #lastMs = -Infinity;

  /** @param write - Writes the file when its content changed; returns false when it has to be tried again. */
  constructor(intervalMs: number, write: () => boolean) {
    this.#intervalMs = intervalMs;
    this.#write = write;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** There is news: publishes now, or leaves it pending. */
  request(nowMs: number): void {
    this.#isPending = true;
    // A clock that was set back must not hold the file up.
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs >= this.#intervalMs || elapsedMs < 0) this.flush(nowMs);
  }

  /** Publishes now, whatever is pending. */
  force(nowMs: number): void {
    this.#isPending = true;
    this.flush(nowMs);
  }

  /** Publishes what is pending. */
  flush(nowMs: number): void {
    if (!this.#isPending) return;
    this.#lastMs = nowMs;
    this.#isPending = !this.#write();
  }
}
