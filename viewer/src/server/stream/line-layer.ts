import { bucketOf, bucketStart, chooseGrid, lowerBound, PointList, reduceRange, type BucketGrid } from "@waymark/plots";
import type { SeriesQuery } from "../../protocol.ts";

/** Up to this many points in the window are all sent. */
const MAX_EXACT = 2000;

/** What changed on one layer of a line: drop the points from `replaceFrom` on (`null`: all), then append. */
export interface LayerUpdate {
  readonly replaceFrom: number | null;
  readonly points: PointList;
  readonly total: number;
  readonly exact: boolean;
}

/** The part of the columns a window shows. */
interface Window {
  /** Indices of the points inside. */
  readonly from: number;
  readonly to: number;
  /** Indices of what is sent: some more on both sides, so that lines reach the edges. */
  readonly start: number;
  readonly end: number;
  /** How they are reduced; `undefined` when all are sent. */
  readonly grid: BucketGrid | undefined;
}

/** One layer of a line of a chart: remembers what was sent, and works out what to send next. */
export class LineLayer {
  readonly #query: SeriesQuery;
  #sent: Window | undefined;
  /** Leading points of the columns that were there when the layer was last sent. */
  #length = 0;

  constructor(query: SeriesQuery) {
    this.#query = query;
  }

  /** Forgets what was sent: everything is sent anew. */
  reset(): void {
    this.#sent = undefined;
    this.#length = 0;
  }

  /**
   * Reduces what changed.
   *
   * @param x - Ascending; only the first `length` count.
   * @param kept - Leading points that are the same as in the last call.
   * @returns `undefined` when the page has everything already.
   */
  update(x: Float64Array, y: Float64Array, length: number, kept: number): LayerUpdate | undefined {
    const window = this.#window(x, length);
    const previous = this.#sent;
    const before = this.#length;
    this.#sent = window;
    this.#length = length;
    if (previous === undefined || !isSameReduction(previous, window)) return this.#whole(x, y, window);
    const valid = Math.min(kept, before);
    const isUnchanged = valid >= Math.min(before, previous.end) && window.end === previous.end;
    if (isUnchanged) return undefined;
    if (valid <= window.start) return this.#whole(x, y, window);
    return this.#tail(x, y, window, valid, valid < before);
  }

  #whole(x: Float64Array, y: Float64Array, window: Window): LayerUpdate {
    return this.#make(x, y, window, window.start, null);
  }

  #tail(x: Float64Array, y: Float64Array, window: Window, valid: number, isRewound: boolean): LayerUpdate {
    const { grid } = window;
    if (grid === undefined) {
      // After a rewind nothing marks where the dropped points began but the last one that stayed: it is sent again.
      let from = Math.min(isRewound ? valid - 1 : valid, window.end - 1);
      // Points at the same time stay together: the page drops by x.
      while (from > window.start && x[from - 1] === x[from]) from--;
      return from > window.start ? this.#make(x, y, window, from, x[from] ?? 0) : this.#whole(x, y, window);
    }
    // The bucket of the last point that stayed may have been open, or lost points: it is made again.
    const edge = bucketStart(grid, bucketOf(grid, x[Math.min(valid, window.end) - 1] ?? 0));
    const from = lowerBound(x, edge, window.start, window.end);
    return from > window.start ? this.#make(x, y, window, from, edge) : this.#whole(x, y, window);
  }

  #make(x: Float64Array, y: Float64Array, window: Window, start: number, replaceFrom: number | null): LayerUpdate {
    const points = new PointList(Math.max(16, Math.min(window.end - start, this.#query.buckets * 4 + 8)));
    if (window.grid === undefined) points.pushRange(x, y, start, window.end);
    else reduceRange(x, y, start, window.end, window.grid, points);
    return { replaceFrom, points, total: window.to - window.from, exact: window.grid === undefined };
  }

  #window(x: Float64Array, length: number): Window {
    const { from: low, to: high, buckets, logX } = this.#query;
    // On a log axis only what lies above 0 has a place.
    const first = logX ? lowerBound(x, Number.MIN_VALUE, 0, length) : 0;
    const from = low === null ? first : Math.max(first, lowerBound(x, low, first, length));
    const to = high === null ? length : lowerBoundAbove(x, high, from, length);
    if (to - from <= Math.min(MAX_EXACT, buckets * 4)) {
      return { from, to, start: Math.max(first, from - 1), end: Math.min(length, to + 1), grid: undefined };
    }
    const lowest = Math.max(low ?? -Infinity, x[first] ?? 0);
    const highest = Math.max(lowest, Math.min(high ?? Infinity, x[length - 1] ?? 0));
    const grid = chooseGrid(lowest, highest, buckets, logX);
    const begin = lowerBound(x, bucketStart(grid, bucketOf(grid, lowest)), first, length);
    const stop = lowerBound(x, bucketStart(grid, bucketOf(grid, highest) + 1), begin, length);
    return {
      from,
      to,
      start: low === null ? begin : Math.max(first, begin - 1),
      end: high === null ? length : Math.min(length, stop + 1),
      grid,
    };
  }
}

function isSameReduction(a: Window, b: Window): boolean {
  return a.start === b.start && a.grid?.width === b.grid?.width && (a.grid === undefined) === (b.grid === undefined);
}

/** The index of the first x above `value`. */
function lowerBoundAbove(x: Float64Array, value: number, start: number, end: number): number {
  let index = lowerBound(x, value, start, end);
  while (index < end && x[index] === value) index++;
  return index;
}
