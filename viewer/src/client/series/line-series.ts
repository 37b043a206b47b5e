import { PointList } from "@waymark/plots";
import type { SeriesLine } from "../../protocol.ts";
import type { FrameColumns, SeriesFrame } from "../net/frame.ts";

type Layer = SeriesLine["layer"];

/** What the page holds of one line: its layers, and what the server says about their completeness. */
export class LineSeries {
  readonly raw = new PointList();
  readonly smooth = new PointList();
  readonly rewound = new PointList();
  /** Points on disk in the window. */
  total = 0;
  /** Whether the page holds all of them. */
  isExact = true;
  nonFinite: SeriesLine["nonFinite"] = [];
  nonFiniteCount = 0;

  layer(layer: Layer): PointList {
    return this[layer];
  }

  clear(): void {
    for (const points of [this.raw, this.smooth, this.rewound]) points.clear();
    this.total = 0;
    this.isExact = true;
    this.nonFinite = [];
    this.nonFiniteCount = 0;
  }

  /** Merges one entry of a frame. */
  apply({ line, x, y }: FrameColumns): void {
    const points = this.layer(line.layer);
    if (line.replaceFrom === null) points.clear();
    else points.truncateAt(line.replaceFrom);
    points.pushRange(x, y, 0, x.length);
    if (line.layer !== "raw") return;
    this.total = line.total;
    this.isExact = line.exact;
    this.nonFinite = line.nonFinite;
    this.nonFiniteCount = line.nonFiniteCount;
  }
}

/** The lines of one chart, in the order of its query. */
export class ChartSeries {
  readonly lines: readonly LineSeries[];

  constructor(count: number) {
    this.lines = Array.from({ length: count }, () => new LineSeries());
  }

  /** Merges a frame: a page that applied every frame holds what the server sent, no point twice and none missing. */
  applyFrame(frame: SeriesFrame): void {
    // A server that started anew may not have read the file yet. Lines stay until it has: they come whole.
    if (frame.header.snapshot && frame.columns.length === 0) return;
    if (frame.header.snapshot) for (const line of this.lines) line.clear();
    for (const columns of frame.columns) this.lines[columns.line.line]?.apply(columns);
  }
}
