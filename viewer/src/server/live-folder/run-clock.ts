/** Anchors that are kept; beyond it every second one goes. */
const MAX_ANCHORS = 4096;

/**
 * When each step of a run happened, as far as that is known. Histories need not record times, so this is what their
 * time axes go by: anchors seen while watching, with straight lines in between.
 */
export class RunClock {
  #steps: number[] = [];
  #times: number[] = [];
  /** Counts up when a time that was given before no longer holds. */
  generation = 0;

  /** The last step whose time is known; later ones are guessed from the run's pace. */
  get lastStep(): number {
    return this.#steps.at(-1) ?? -Infinity;
  }

  /** Records that `step` was complete at `timeMs` (epoch milliseconds). A step that goes back drops what lies after. */
  note(step: number, timeMs: number): void {
    const last = this.#steps.length - 1;
    if (last >= 0 && step === this.#steps[last] && timeMs >= (this.#times[last] ?? 0)) return;
    while (this.#steps.length > 0 && (step <= (this.#steps.at(-1) ?? 0) || timeMs < (this.#times.at(-1) ?? 0))) {
      this.#steps.pop();
      this.#times.pop();
      this.generation++;
    }
    this.#steps.push(step);
    this.#times.push(timeMs);
    if (this.#steps.length > MAX_ANCHORS) this.#thin();
  }

  /** The time of `step`: between two anchors by proportion, outside them at the pace of the run. `NaN` if unknown. */
  timeAt(step: number): number {
    const count = this.#steps.length;
    if (count < 2) return this.#times[0] ?? Number.NaN;
    let low = 0;
    let high = count - 1;
    if (step > (this.#steps[high] ?? 0)) return this.#line(0, high, step);
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#steps[middle] ?? 0) <= step) low = middle;
      else high = middle;
    }
    return this.#line(low, high, step);
  }

  #line(from: number, to: number, step: number): number {
    const startStep = this.#steps[from] ?? 0;
    const startTime = this.#times[from] ?? 0;
    const pace = ((this.#times[to] ?? 0) - startTime) / ((this.#steps[to] ?? 0) - startStep);
    return startTime + (step - startStep) * pace;
  }

  #thin(): void {
    const last = this.#steps.length - 1;
    const keeps = (_: number, index: number): boolean => index % 2 === 0 || index === last;
    this.#steps = this.#steps.filter(keeps);
    this.#times = this.#times.filter(keeps);
    this.generation++;
  }
}
