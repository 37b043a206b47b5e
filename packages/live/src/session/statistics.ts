/** What is known of a metric's values. Non-finite values and strings count in `count` alone. */
export interface MetricStatistics {
  /** Rows logged. */
  readonly count: number;
  readonly last: number | bigint | string | boolean | undefined;
  readonly lastStep: number | undefined;
  readonly min: number | undefined;
  readonly minStep: number | undefined;
  readonly max: number | undefined;
  readonly maxStep: number | undefined;
  readonly mean: number | undefined;
  /** The minimum or the maximum, by the metric's goal; `undefined` without a goal. */
  readonly best: number | undefined;
  readonly bestStep: number | undefined;
}

/** Running figures of one series, without keeping its values. */
export class RunningStatistics {
  count = 0;
  #finite = 0;
  #mean = 0;
  #min = Infinity;
  #minStep = 0;
  #max = -Infinity;
  #maxStep = 0;

  /** Takes one value in; `NaN` and infinities count and change nothing else. */
  add(value: number, step: number): void {
    this.count += 1;
    if (value - value !== 0) return;
    this.#finite += 1;
    this.#mean += (value - this.#mean) / this.#finite;
    if (value < this.#min) {
      this.#min = value;
      this.#minStep = step;
    }
    if (value > this.#max) {
      this.#max = value;
      this.#maxStep = step;
    }
  }

  /** Takes in what another part of the same series knows. */
  merge(other: RunningStatistics): void {
    this.count += other.count;
    const finite = this.#finite + other.#finite;
    if (other.#finite === 0) return;
    this.#mean += ((other.#mean - this.#mean) * other.#finite) / finite;
    this.#finite = finite;
    // The earlier part wins a tie: the best step is the first that reached it.
    if (other.#min <= this.#min) [this.#min, this.#minStep] = [other.#min, other.#minStep];
    if (other.#max >= this.#max) [this.#max, this.#maxStep] = [other.#max, other.#maxStep];
  }

  /** Becomes a copy of `other`. */
  replaceBy(other: RunningStatistics): void {
    this.count = other.count;
    this.#finite = other.#finite;
    this.#mean = other.#mean;
    [this.#min, this.#minStep, this.#max, this.#maxStep] = [other.#min, other.#minStep, other.#max, other.#maxStep];
  }

  figures(goal: "min" | "max" | undefined): Omit<MetricStatistics, "last" | "lastStep"> {
    const known = this.#finite > 0;
    const min = known ? this.#min : undefined;
    const max = known ? this.#max : undefined;
    const minStep = known ? this.#minStep : undefined;
    const maxStep = known ? this.#maxStep : undefined;
    const best = goal === undefined ? undefined : goal === "min" ? min : max;
    const bestStep = goal === undefined ? undefined : goal === "min" ? minStep : maxStep;
    return { count: this.count, min, minStep, max, maxStep, mean: known ? this.#mean : undefined, best, bestStep };
  }
}
