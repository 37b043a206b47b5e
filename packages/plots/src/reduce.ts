import { bucketOf, bucketStart, type BucketGrid } from "./buckets.ts";
import type { PointList } from "./point-list.ts";

/**
 * The index of the first x in `[start, end)` that is not below `value`; `end` when there is none. x must be ascending.
 */
export function lowerBound(x: Float64Array, value: number, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Reduces points to what a chart's pixels can show: of every bucket the first, the lowest, the highest and the last
 * finite point, in their order along x. The drawn envelope is exact and no spike is lost. A bucket with nothing but
 * non-finite values gives one point with y `NaN`, where a line breaks.
 *
 * @param x - Ascending, finite; above 0 on a log grid.
 * @param start - First index to read; the first of its bucket, or the answer holds a partial bucket.
 * @param end - Index after the last to read.
 * @param into - Receives the points: at most four per bucket.
 */
export function reduceRange(
  x: Float64Array,
  y: Float64Array,
  start: number,
  end: number,
  grid: BucketGrid,
  into: PointList,
): void {
  let i = start;
  while (i < end) {
    const edge = bucketStart(grid, bucketOf(grid, x[i] ?? 0) + 1);
    const begin = i;
    let first = -1;
    let last = -1;
    let lowest = -1;
    let highest = -1;
    let low = Infinity;
    let high = -Infinity;
    for (; i < end && (x[i] ?? Infinity) < edge; i++) {
      const value = y[i] ?? Number.NaN;
      // False for NaN and both infinities: they are told apart from the line, not drawn as part of it.
      if (!(value - value === 0)) continue;
      if (first < 0) first = i;
      last = i;
      if (value < low) {
        low = value;
        lowest = i;
      }
      if (value > high) {
        high = value;
        highest = i;
      }
    }
    // An x that no edge separates from its bucket (edges collide at extreme magnitudes) still moves on.
    if (i === begin) i++;
    if (first < 0) into.push(x[begin] ?? 0, Number.NaN);
    else pushBucket(x, y, first, Math.min(lowest, highest), Math.max(lowest, highest), last, into);
  }
}

/** Pushes four ascending indices, each once. */
function pushBucket(
  x: Float64Array,
  y: Float64Array,
  first: number,
  second: number,
  third: number,
  last: number,
  into: PointList,
): void {
  into.push(x[first] ?? 0, y[first] ?? 0);
  if (second !== first && second !== last) into.push(x[second] ?? 0, y[second] ?? 0);
  if (third !== second && third !== first && third !== last) into.push(x[third] ?? 0, y[third] ?? 0);
  if (last !== first) into.push(x[last] ?? 0, y[last] ?? 0);
}
