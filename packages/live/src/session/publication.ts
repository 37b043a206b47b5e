/**
 * A file that is replaced as a whole, at most every `intervalMs` while the training is fast.
 *
 * Replacing costs a hundred times an append, so a loop of a thousand steps a second would spend a quarter of its time
 * on it. A step that comes later than the interval publishes at once; whatever is left over is published by `flush`.
 */
export class Publication {
  readonly #intervalMs: number;
  readonly #write: () => boolean;
  readonly #costFactor: number;
  #isPending = false;
  #lastMs = -Infinity;
  #costMs = 0;

  /**
   * @param write - Writes the file when its content changed; returns false when it has to be tried again.
   * @param costFactor - Waits at least this many times as long as the last writing took. Default 0.
   */
  constructor(intervalMs: number, write: () => boolean, costFactor = 0) {
    this.#intervalMs = intervalMs;
    this.#write = write;
    this.#costFactor = intervalMs === 0 ? 0 : costFactor;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** There is news: publishes now, or leaves it pending. */
  request(nowMs: number): void {
    this.#isPending = true;
    // A clock that was set back must not hold the file up.
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs >= Math.max(this.#intervalMs, this.#costMs * this.#costFactor) || elapsedMs < 0) this.flush(nowMs);
  }

  /** Publishes now, whether or not there is news. */
  force(nowMs: number): void {
    this.#isPending = true;
    this.flush(nowMs);
  }

  /** Publishes what is pending. */
  flush(nowMs: number): void {
    if (!this.#isPending) return;
    this.#lastMs = nowMs;
    const startMs = performance.now();
    this.#isPending = !this.#write();
    this.#costMs = performance.now() - startMs;
  }
}
