import type { LineSeries } from "../series/line-series.ts";
import { lineKey, type ChartOptions } from "./chart-options.ts";
import type { ChartRow } from "./chart-row.ts";

/** How strongly the line as logged shows behind its smoothed self. */
const FAINT = 0.28;

/**
 * The marks of a chart, bottom to top: what was rewound, what was logged where a smoothed line covers it, the lines
 * themselves (the first run on top), markers of values that cannot be drawn, and checkpoints.
 */
export function buildRows(options: ChartOptions, series: ReadonlyMap<string, LineSeries>): ChartRow[] {
  const isSmoothed = options.smoothing.kind !== "none";
  const lines = options.lines.toReversed();
  const row = (line: (typeof lines)[number], rest: Partial<ChartRow>): ChartRow => ({
    kind: "line",
    run: line.run,
    color: line.color,
    dash: line.dash,
    opacity: 1,
    extraWidth: 0,
    layer: "raw",
    series: series.get(lineKey(line)) ?? null,
    positions: [],
    ...rest,
  });
  return [
    ...lines.map((line) => row(line, { kind: "rewound", dash: [2, 2], opacity: 0.45, extraWidth: -0.25 })),
    ...(isSmoothed ? lines.map((line) => row(line, { opacity: FAINT, dash: [] })) : []),
    ...lines.map((line) => row(line, { layer: isSmoothed ? "smooth" : "raw", extraWidth: isSmoothed ? 0.25 : 0 })),
    ...lines.map((line) => row(line, { kind: "invalid", dash: [], extraWidth: 0.5 })),
    ...options.checkpoints.map(({ run, color, positions }) => ({
      kind: "checkpoints" as const,
      run,
      color,
      dash: [],
      opacity: 0.9,
      extraWidth: 0.25,
      layer: "raw" as const,
      series: null,
      positions,
    })),
  ];
}

/** What of the options decides the rows; rows are rebuilt only when it changes. */
export function rowsKey(options: ChartOptions): string {
  return JSON.stringify([
    options.lines.map((line) => [line.run, line.metric, line.color, line.dash]),
    options.checkpoints,
    options.smoothing.kind === "none",
  ]);
}
