import { createSmoother, lowerBound, type SmoothingKind } from "@waymark/plots";
import type { Series, SeriesCursor } from "../history/series.ts";
import type { XAxis } from "../../protocol.ts";
import type { RunTiming } from "./source.ts";

/** A column computed from a series, brought up to date on demand. */
export interface DerivedColumn {
  /** Only the first `length` values count, after {@link update}. */
  readonly values: Float64Array;
  readonly length: number;
  /** Computes what is new or has changed. @returns The lowest index that changed since the last call. */
  update(): number;
  close(): void;
}

/** The y column after smoothing. */
export class SmoothColumn implements DerivedColumn {
  values: Float64Array = new Float64Array(0);
  length = 0;
  readonly #series: Series;
  readonly #cursor: SeriesCursor;
  readonly #smoother: NonNullable<ReturnType<typeof createSmoother>>;

  /** @param smoothing - Anything but `none`, which needs no column. */
  constructor(series: Series, smoothing: SmoothingKind) {
    const smoother = createSmoother(smoothing);
    if (smoother === undefined) throw new TypeError(`Smoothing '${smoothing.kind}' makes no column`);
    this.#smoother = smoother;
    this.#series = series;
    this.#cursor = series.openCursor();
  }

  update(): number {
    const { steps, values, length } = this.#series;
    this.values = fitted(this.values, length);
    const from = this.#smoother.extend(steps, values, length, this.#cursor.kept, this.values);
    this.#cursor.kept = length;
    this.length = length;
    return from;
  }

  close(): void {
    this.#series.closeCursor(this.#cursor);
  }
}

/**
 * The x column of a time axis, from recorded times, or from the run's clock where a history has none. Without either
 * the column is empty: nothing is known to be anywhere.
 */
export class TimeColumn implements DerivedColumn {
  values: Float64Array = new Float64Array(0);
  length = 0;
  readonly #series: Series;
  readonly #timing: RunTiming;
  readonly #isRelative: boolean;
  readonly #cursor: SeriesCursor;
  #clockGeneration = -1;
  #startedMs = 0;
  #certainStep = -Infinity;

  constructor(series: Series, timing: RunTiming, axis: Exclude<XAxis, "step">) {
    this.#series = series;
    this.#timing = timing;
    this.#isRelative = axis === "relative";
    this.#cursor = series.openCursor();
  }

  update(): number {
    const { length, steps } = this.#series;
    const { clock } = this.#timing;
    const startedMs = this.#startOf(steps[0] ?? 0);
    let from = this.#cursor.kept;
    if (!Number.isFinite(startedMs)) {
      this.length = 0;
      this.#cursor.kept = 0;
      return 0;
    }
    if (clock.generation !== this.#clockGeneration || startedMs !== this.#startedMs) from = 0;
    // Beyond the clock's last anchor times are guesses, which the next anchor corrects.
    if (this.#series.times.length === 0) from = Math.min(from, lowerBound(steps, this.#certainStep, 0, length));
    this.values = fitted(this.values, length);
    const { values } = this;
    let previous = from === 0 ? -Infinity : (values[from - 1] ?? -Infinity);
    for (let i = from; i < length; i++) {
      const recorded = this.#series.times[i] ?? Number.NaN;
      const timeMs = recorded === recorded ? recorded : clock.timeAt(steps[i] ?? 0);
      const x = this.#isRelative ? (timeMs - startedMs) / 1000 : timeMs;
      // Never back: clocks are set, and guesses meet recorded times.
      previous = x > previous ? x : previous === -Infinity ? 0 : previous;
      values[i] = previous;
    }
    this.#cursor.kept = length;
    this.#clockGeneration = clock.generation;
    this.#startedMs = startedMs;
    this.#certainStep = clock.lastStep;
    this.length = length;
    return from;
  }

  close(): void {
    this.#series.closeCursor(this.#cursor);
  }

  /** Where relative times start: when the run began, else its first known time. `NaN` when no time is known at all. */
  #startOf(firstStep: number): number {
    const { startedMs, clock } = this.#timing;
    if (this.#series.times.length === 0 && Number.isNaN(clock.timeAt(firstStep))) return Number.NaN;
    if (startedMs > 0) return startedMs;
    const recorded = this.#series.times[0] ?? Number.NaN;
    return Number.isNaN(recorded) ? clock.timeAt(firstStep) : recorded;
  }
}

function fitted(column: Float64Array, length: number): Float64Array {
  if (column.length >= length) return column;
  const larger = new Float64Array(Math.ceil(length * 1.5));
  larger.set(column);
  return larger;
}
