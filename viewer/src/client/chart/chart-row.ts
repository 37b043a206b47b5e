import type { LineSeries } from "../series/line-series.ts";

/** One mark of a live chart, the datum of one Vega item. Its points are read when it is drawn, not when they arrive. */
export interface ChartRow {
  readonly kind: "line" | "rewound" | "checkpoints" | "invalid";
  readonly run: string;
  readonly color: string;
  readonly dash: readonly number[];
  readonly opacity: number;
  /** Added to the width of the chart's lines. */
  readonly extraWidth: number;
  /** Which layer a line draws. */
  readonly layer: "raw" | "smooth";
  /** Swapped when a new subscription takes over; null for marks that draw no points. */
  series: LineSeries | null;
  /** x of checkpoint ticks. */
  positions: readonly number[];
}
