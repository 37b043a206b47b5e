/**
 * Even buckets along an x axis. Widths are powers of two and edges are anchored at 0, so a bucket never moves while a
 * series grows: its content is final once a later bucket has begun, and only a doubling of the width changes them all.
 */
export interface BucketGrid {
  /** Bucket width, a power of two: in x units, or in log10 x when `log` is set. */
  readonly width: number;
  /** Buckets of even width in log10 x; x must then be above 0. */
  readonly log: boolean;
}

/** Edges stay exact while indices fit in a double's integers, with room to add one. */
const MAX_INDEX = 2 ** 51;

/**
 * Chooses the finest grid that covers `[from, to]` with at most `buckets` buckets.
 *
 * @param from - Lowest x shown; above 0 when `log` is set.
 * @param to - Highest x shown, not below `from`.
 * @param buckets - Most buckets that any point of the range may fall into; at least 2.
 */
export function chooseGrid(from: number, to: number, buckets: number, log = false): BucketGrid {
  const low = log ? Math.log10(from) : from;
  const high = log ? Math.log10(to) : to;
  const span = high - low;
  const finest = Math.max(Math.abs(low), Math.abs(high)) / MAX_INDEX;
  const wanted = Math.max(span / Math.max(1, buckets), finest);
  // A range of one point has no natural width.
  let width = wanted > 0 ? 2 ** Math.ceil(Math.log2(wanted)) : 1;
  while (Math.floor(high / width) - Math.floor(low / width) + 1 > buckets) width *= 2;
  return { width, log };
}

/** The lowest x that belongs to bucket `index` (0 or an underflow on a log axis is never a member). */
export function bucketStart(grid: BucketGrid, index: number): number {
  return grid.log ? 10 ** (index * grid.width) : index * grid.width;
}

/** The index of the bucket that holds `x`: `bucketStart(index) <= x < bucketStart(index + 1)`. */
export function bucketOf(grid: BucketGrid, x: number): number {
  if (!grid.log) return Math.floor(x / grid.width);
  // log10 and 10 ** x round differently: the edges decide, so that every caller agrees on every x.
  let index = Math.floor(Math.log10(x) / grid.width);
  while (x < bucketStart(grid, index)) index--;
  while (x >= bucketStart(grid, index + 1)) index++;
  return index;
}
