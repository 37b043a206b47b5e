import { lowerBound, type PointList } from "@waymark/plots";
import type { Range, YScale } from "../state/view-state.ts";
import { mapValue, unmapValue } from "./axis-scale.ts";

/** Enough samples for the 1st and 99th percentile to be meant by more than one point. */
const MAX_SAMPLES = 4096;
/** Leaving points out is worth it only when the rest gains this much height. */
const MIN_GAIN = 4;
/** Room above and below the lines, as a share of the height. */
const MARGIN = 0.06;

/** The x range of all points, or null when there are none. */
export function xExtent(lines: Iterable<PointList>): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const { x, length } of lines) {
    if (length === 0) continue;
    low = Math.min(low, x[0] ?? Infinity);
    high = Math.max(high, x[length - 1] ?? -Infinity);
  }
  return low <= high ? [low, high] : null;
}

/** The y range to show. */
export interface YDomain {
  readonly range: Range;
  /** Whether points lie outside on purpose. */
  readonly isRobust: boolean;
}

/**
 * The y range of the points inside an x window: all of them, or without the few beyond the 1st and 99th percentile when
 * those would take most of the height.
 *
 * @returns null when no point can be shown on this scale.
 */
export function yDomain(
  lines: readonly PointList[],
  window: Range,
  scale: YScale,
  isRobustWanted: boolean,
): YDomain | null {
  const samples = collectSamples(lines, window, scale);
  if (samples === null) return null;
  const { low, high, values } = samples;
  if (isRobustWanted && values.length >= 50 && high > low) {
    values.sort();
    const first = values[Math.floor(values.length * 0.01)] ?? low;
    const last = values[Math.ceil(values.length * 0.99) - 1] ?? high;
    if (last > first && (high - low) / (last - first) > MIN_GAIN) {
      return {
        range: pad(scale, Math.max(low, first - (last - first) * 0.05), Math.min(high, last + (last - first) * 0.05)),
        isRobust: true,
      };
    }
  }
  return { range: pad(scale, low, high), isRobust: false };
}

interface Samples {
  readonly low: number;
  readonly high: number;
  readonly values: Float64Array;
}

/** In mapped space, so that percentiles and margins are those of the eye. */
function collectSamples(lines: readonly PointList[], [from, to]: Range, scale: YScale): Samples | null {
  let low = Infinity;
  let high = -Infinity;
  let total = 0;
  for (const points of lines) total += points.length;
  const stride = Math.max(1, Math.ceil(total / MAX_SAMPLES));
  const values = new Float64Array(Math.ceil(total / stride) + lines.length);
  let count = 0;
  for (const points of lines) {
    const { x, y, length } = points;
    const start = lowerBound(x, from, 0, length);
    for (let i = start, n = 0; i < length && (x[i] ?? Infinity) <= to; i++) {
      const value = y[i] ?? Number.NaN;
      if (value < low && (scale !== "log" || value > 0)) low = value;
      if (value > high) high = value;
      if (n++ % stride !== 0) continue;
      const mapped = mapValue(scale, value);
      if (Number.isFinite(mapped)) values[count++] = mapped;
    }
  }
  if (!(low <= high)) return null;
  return { low: mapValue(scale, low), high: mapValue(scale, high), values: values.slice(0, count) };
}

function pad(scale: YScale, low: number, high: number): Range {
  // A flat line stands in the middle, with a range that its own size suggests.
  const span = high > low ? high - low : Math.max(Math.abs(low) * 0.1, scale === "linear" ? 1e-3 : 0.5);
  const margin = high > low ? span * MARGIN : span;
  let bottom = low - margin;
  // Counts and losses that touch zero should not promise negative values.
  if (scale === "linear" && low >= 0 && bottom < 0) bottom = low === 0 && high > low ? -span * 0.015 : 0;
  return [unmapValue(scale, bottom), unmapValue(scale, high + margin)];
}
