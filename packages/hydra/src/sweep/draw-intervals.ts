import { FloatValue } from "@waymark/core";
import { InvalidSweepError } from "../errors.ts";
import type { ElementNumber, IntervalSweep } from "../grammar/element.ts";
import { numberOf } from "../values.ts";
import { Random } from "./random.ts";
import { SOBOL_DIMENSIONS, sobolPoints } from "./sobol.ts";

/** How values of intervals are drawn. */
export interface DrawOptions {
  readonly trials: number;
  readonly seed: number;
  /** Spread evenly together (Sobol), or each by itself. */
  readonly sampling: "quasi-random" | "random";
}

/**
 * Draws values of several intervals together. An interval tagged `log` is drawn evenly by the order of magnitude.
 *
 * @returns Per trial one value of each interval: integers of one that was cast to `int`, else floats.
 * @throws {@link InvalidSweepError} for intervals that hold nothing, or no logarithm.
 */
export function drawIntervals(intervals: readonly IntervalSweep[], options: DrawOptions): ElementNumber[][] {
  const random = new Random(options.seed);
  const drawn = intervals.map(checkInterval);
  const isEven = options.sampling === "quasi-random" && intervals.length <= SOBOL_DIMENSIONS;
  const points = isEven
    ? sobolPoints(options.trials, intervals.length, random)
    : Array.from({ length: options.trials }, () => intervals.map(() => random.next()));
  return points.map((point) => point.map((share, at) => valueAt(drawn[at] as DrawnInterval, share)));
}

interface DrawnInterval {
  readonly start: number;
  readonly end: number;
  readonly isWhole: boolean;
  readonly isLogarithmic: boolean;
}

function checkInterval({ start, end, tags }: IntervalSweep): DrawnInterval {
  const [from, to] = [Number(numberOf(start)), Number(numberOf(end))];
  const text = `interval(${from},${to})`;
  if (!Number.isFinite(from) || !Number.isFinite(to) || from >= to) {
    throw new InvalidSweepError(`There is nothing to draw from ${text}`, "Give it a start that is less than its end.");
  }
  const isLogarithmic = tags.includes("log");
  if (isLogarithmic && from <= 0) {
    throw new InvalidSweepError(`${text} is tagged log, and has no logarithm at its start`, "Let it start above 0.");
  }
  return {
    start: from,
    end: to,
    isWhole: !(start instanceof FloatValue) && !(end instanceof FloatValue),
    isLogarithmic,
  };
}

function valueAt({ start, end, isWhole, isLogarithmic }: DrawnInterval, share: number): ElementNumber {
  const value = isLogarithmic
    ? Math.exp(Math.log(start) + share * (Math.log(end) - Math.log(start)))
    : start + share * (end - start);
  // Rounding can reach the end, which is not part of the interval.
  const inside = Math.min(Math.max(value, start), end);
  if (isWhole) return Math.min(Math.floor(inside), end - 1);
  return new FloatValue(inside === end ? start : inside);
}
