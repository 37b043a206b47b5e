import type { SeriesQuery } from "../../protocol.ts";
import type { ChartOptions } from "./chart-options.ts";

/** More buckets than pixels show nothing more. */
const MAX_BUCKETS = 512;
/** A chart of many lines shares this many vertices (four to a bucket) among them: each is told apart less well anyway. */
const MAX_VERTICES = 25_000;
const MIN_BUCKETS = 48;

/**
 * What a chart asks the server for. A zoomed chart asks for a little more than it shows, so that lines run on to the
 * edges; a chart in tail mode for a stretch that stays the same while the window moves inside it, so that it asks anew
 * only once per window length.
 *
 * @param plotWidth - In CSS pixels.
 * @param lastX - Newest x known, for the tail.
 */
export function chartQuery(options: ChartOptions, plotWidth: number, lastX: number | null): SeriesQuery {
  const share = Math.floor(MAX_VERTICES / 4 / Math.max(1, options.lines.length));
  const most = Math.max(MIN_BUCKETS, Math.min(MAX_BUCKETS, share));
  // Rounded, so that dragging the rail does not ask anew for every pixel.
  const buckets = Math.min(most, Math.max(64, Math.ceil(plotWidth / 64) * 64));
  const base = {
    lines: options.lines.map(({ run, metric }) => ({ run, metric })),
    x: options.x,
    smoothing: options.smoothing,
    logX: options.logX && options.x !== "wall",
  };
  if (options.window !== null) {
    const [from, to] = options.window;
    const margin = (to - from) * 0.1;
    return { ...base, from: from - margin, to: to + margin, buckets };
  }
  if (options.tail !== null && lastX !== null) {
    const { tail } = options;
    return { ...base, from: (Math.floor(lastX / tail) - 1) * tail, to: null, buckets: Math.min(buckets * 2, 1024) };
  }
  return { ...base, from: null, to: null, buckets };
}
