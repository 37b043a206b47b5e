/** How much of a new interval goes into the usual one. */
const SHARE = 0.2;

/** Learns how long a run usually takes from one completed step to the next look that finds a new one. */
export class RunPace {
  #lastStep: number | undefined;
  #lastMs = 0;
  #intervalMs: number | undefined;

  /** The usual time between two steps in milliseconds, or `undefined` before two were seen. */
  get intervalMs(): number | undefined {
    return this.#intervalMs;
  }

  /** Records that `step` was completed at `timeMs`. Going back, as a resumed run does, starts no interval. */
  note(step: number, timeMs: number): void {
    const steps = step - (this.#lastStep ?? step);
    if (steps > 0 && timeMs > this.#lastMs) {
      const interval = (timeMs - this.#lastMs) / steps;
      this.#intervalMs =
        this.#intervalMs === undefined ? interval : this.#intervalMs + SHARE * (interval - this.#intervalMs);
    }
    this.#lastStep = step;
    this.#lastMs = timeMs;
  }

  reset(): void {
    this.#lastStep = undefined;
    this.#intervalMs = undefined;
  }
}
