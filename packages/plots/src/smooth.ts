/** How a line is smoothed; the same shape travels in the viewer's queries. */
export type SmoothingKind =
  | { readonly kind: "none" }
  /** Exponential moving average, aware of uneven steps; `weight` in [0, 1). */
  | { readonly kind: "ema"; readonly weight: number }
  /** Over `width` neighbouring points, centred; odd, at least 3. */
  | { readonly kind: "mean" | "gaussian" | "median"; readonly width: number };

/** Smooths a growing series: each call takes up where the last one stopped. */
export interface Smoother {
  /**
   * Brings `out` up to date with the first `count` points.
   *
   * @param steps - Ascending.
   * @param values - Non-finite values are left out of every average; `out` is `NaN` there.
   * @param kept - How many leading points are the same as in the last call (fewer than then after a rewind).
   * @param out - Room for `count` values; what it held for the kept points must still be there.
   * @returns The lowest index whose value in `out` may have changed.
   */
  extend(steps: Float64Array, values: Float64Array, count: number, kept: number, out: Float64Array): number;
}

/** Makes the smoother of one series, or `undefined` where nothing is to be smoothed. */
export function createSmoother(smoothing: SmoothingKind): Smoother | undefined {
  switch (smoothing.kind) {
    case "none":
      return undefined;
    case "ema":
      return smoothing.weight > 0 ? new ExponentialSmoother(smoothing.weight) : undefined;
    case "mean":
    case "gaussian":
    case "median":
      return new WindowSmoother(windowFunction(smoothing.kind, smoothing.width), smoothing.width);
  }
}

/** Smooths a whole series at once. */
export function smooth(steps: Float64Array, values: Float64Array, smoothing: SmoothingKind): Float64Array {
  const out = Float64Array.from(values);
  createSmoother(smoothing)?.extend(steps, values, values.length, 0, out);
  return out;
}

/** How many intervals settle what a usual interval is. */
const REFERENCE_INTERVALS = 64;

/**
 * `weight` is what is left of a point one usual interval later; over a gap twice as long its square is left. The sum
 * of the weights divides each value, so that the line starts at the first value, not at 0.
 */
class ExponentialSmoother implements Smoother {
  readonly #weight: number;
  /** The median of the first intervals: it must not move later, or the whole line would. */
  #reference = 0;
  #count = 0;
  #sum = 0;
  #weights = 0;
  #lastStep = 0;

  constructor(weight: number) {
    this.#weight = Math.min(weight, 0.999999);
  }

  extend(steps: Float64Array, values: Float64Array, count: number, kept: number, out: Float64Array): number {
    const reference = usualInterval(steps, count);
    let from = Math.min(kept, this.#count);
    if (reference !== this.#reference || from < this.#count) {
      // There is no way back from a running average: start over. Rewinds are rare, and so are these first points.
      from = 0;
      this.#reference = reference;
      this.#sum = 0;
      this.#weights = 0;
      this.#lastStep = 0;
    }
    for (let i = from; i < count; i++) {
      const value = values[i] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        out[i] = Number.NaN;
        continue;
      }
      const step = steps[i] ?? 0;
      const gap = step - this.#lastStep;
      const weight = gap === reference ? this.#weight : this.#weight ** (gap / reference);
      const left = this.#weights === 0 ? this.#weight : weight;
      this.#sum = left * this.#sum + (1 - left) * value;
      this.#weights = left * this.#weights + (1 - left);
      this.#lastStep = step;
      out[i] = this.#sum / this.#weights;
    }
    this.#count = count;
    return from;
  }
}

function usualInterval(steps: Float64Array, count: number): number {
  const intervals: number[] = [];
  for (let i = 1; i < count && i <= REFERENCE_INTERVALS; i++) intervals.push((steps[i] ?? 0) - (steps[i - 1] ?? 0));
  intervals.sort((a, b) => a - b);
  const middle = intervals[intervals.length >> 1] ?? 1;
  return middle > 0 ? middle : 1;
}

/** One smoothed value from the points `[low, high)` around `centre`. */
type WindowFunction = (values: Float64Array, centre: number, low: number, high: number) => number;

/** Averages over neighbours on both sides, so the last half window changes as points arrive. */
class WindowSmoother implements Smoother {
  readonly #compute: WindowFunction;
  readonly #half: number;
  #count = 0;

  constructor(compute: WindowFunction, width: number) {
    this.#compute = compute;
    this.#half = width >> 1;
  }

  extend(_steps: Float64Array, values: Float64Array, count: number, kept: number, out: Float64Array): number {
    const from = Math.max(0, Math.min(kept, this.#count, count) - this.#half);
    for (let i = from; i < count; i++) {
      const isGap = !Number.isFinite(values[i] ?? Number.NaN);
      const low = Math.max(0, i - this.#half);
      out[i] = isGap ? Number.NaN : this.#compute(values, i, low, Math.min(count, i + this.#half + 1));
    }
    this.#count = count;
    return from;
  }
}

function windowFunction(kind: "mean" | "gaussian" | "median", width: number): WindowFunction {
  switch (kind) {
    case "mean":
      return mean;
    case "gaussian":
      return gaussian(width);
    case "median":
      return median;
  }
}

function mean(values: Float64Array, _centre: number, low: number, high: number): number {
  let sum = 0;
  let count = 0;
  for (let i = low; i < high; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value - value === 0)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** Three standard deviations fit into half the window. */
function gaussian(width: number): WindowFunction {
  const deviation = width / 6;
  const kernel = Float64Array.from({ length: (width >> 1) + 1 }, (_, i) => Math.exp(-0.5 * (i / deviation) ** 2));
  return (values, centre, low, high) => {
    let sum = 0;
    let weights = 0;
    for (let i = low; i < high; i++) {
      const value = values[i] ?? Number.NaN;
      if (!(value - value === 0)) continue;
      const weight = kernel[Math.abs(i - centre)] ?? 0;
      sum += weight * value;
      weights += weight;
    }
    return sum / weights;
  };
}

function median(values: Float64Array, _centre: number, low: number, high: number): number {
  const sorted = values.slice(low, high).filter(Number.isFinite).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
