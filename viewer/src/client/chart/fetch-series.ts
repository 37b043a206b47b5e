import type { SeriesQuery } from "../../protocol.ts";
import { ChartSeries } from "../series/line-series.ts";
import { transport } from "../state/client.ts";

/** Asks for series once: the first snapshot is the answer. */
export function fetchSeries(query: SeriesQuery): Promise<ChartSeries> {
  return new Promise((resolve, reject) => {
    const series = new ChartSeries(query.lines.length);
    const stop = transport().subscribe(query, {
      frame(frame) {
        series.applyFrame(frame);
        // The frame may arrive before subscribe returned, never in the same turn.
        stop();
        resolve(series);
      },
      error(message) {
        stop();
        reject(new Error(message));
      },
    });
  });
}
