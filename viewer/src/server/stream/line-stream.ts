import { chooseGrid, PointList, reduceRange } from "@waymark/plots";
import type { Series, SeriesCursor } from "../history/series.ts";
import type { SeriesLine, SeriesQuery } from "../../protocol.ts";
import { SmoothColumn, TimeColumn } from "./derived-column.ts";
import { LineLayer, type LayerUpdate } from "./line-layer.ts";
import type { FindSource, LineSource } from "./source.ts";

/** A header entry with its columns. */
export interface LineUpdate {
  readonly line: SeriesLine;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Non-finite values that are named one by one; the rest is counted. */
const MAX_NON_FINITE = 100;
/** Points of rewound stretches that are sent as they are; more are reduced like a line. */
const MAX_REWOUND_EXACT = 2000;
const EMPTY = new Float64Array(0);

/** One line of a subscription, with its layers. */
export class LineStream {
  readonly run: string;
  readonly #metric: string;
  readonly #index: number;
  readonly #query: SeriesQuery;
  #attached: AttachedLine | undefined;
  #wasSent = false;

  constructor(query: SeriesQuery, index: number) {
    const line = query.lines[index];
    if (line === undefined) throw new RangeError(`No line ${index} in a query of ${query.lines.length}`);
    this.run = line.run;
    this.#metric = line.metric;
    this.#index = index;
    this.#query = query;
  }

  /** When the newest point of the line was noticed on disk, epoch milliseconds; 0 before any was. */
  get noticedMs(): number {
    return this.#attached?.series.noticedMs ?? 0;
  }

  /** Collects what changed since the last call; the first call always has something to say. */
  collect(find: FindSource): LineUpdate[] {
    const source = find(this.run, this.#metric);
    const updates: LineUpdate[] = [];
    if (source?.points !== this.#attached?.source.points) {
      // The run or the metric came or went. What was sent of another file holds no longer.
      this.#attached?.close();
      this.#attached = source === undefined ? undefined : new AttachedLine(this.#query, this.#index, source);
      if (this.#attached === undefined && this.#wasSent) updates.push(...this.#cleared());
    }
    updates.push(...(this.#attached?.collect() ?? []));
    if (updates.length > 0) this.#wasSent = true;
    return updates;
  }

  close(): void {
    this.#attached?.close();
    this.#attached = undefined;
  }

  #cleared(): LineUpdate[] {
    const layers =
      this.#query.smoothing.kind === "none" ? (["raw", "rewound"] as const) : (["raw", "smooth", "rewound"] as const);
    return layers.map((layer) => ({ line: { ...nothing(this.#index), layer }, x: EMPTY, y: EMPTY }));
  }
}

/** A line while its history exists. */
class AttachedLine {
  readonly source: LineSource;
  readonly series: Series;
  readonly #query: SeriesQuery;
  readonly #index: number;
  readonly #cursor: SeriesCursor;
  readonly #raw: LineLayer;
  readonly #smooth: LineLayer;
  readonly #time: TimeColumn | undefined;
  readonly #smoothed: SmoothColumn | undefined;
  #generation = -1;
  #rewoundCount = 0;

  constructor(query: SeriesQuery, index: number, source: LineSource) {
    this.source = source;
    source.points.retain();
    this.series = source.points.series;
    this.#query = query;
    this.#index = index;
    this.#cursor = this.series.openCursor();
    this.#raw = new LineLayer(query);
    this.#smooth = new LineLayer(query);
    this.#time = query.x === "step" ? undefined : new TimeColumn(this.series, source.timing, query.x);
    const isSmoothed =
      query.smoothing.kind !== "none" && !(query.smoothing.kind === "ema" && query.smoothing.weight === 0);
    this.#smoothed = isSmoothed ? new SmoothColumn(this.series, query.smoothing) : undefined;
  }

  collect(): LineUpdate[] {
    const { series } = this;
    const isReplaced = series.generation !== this.#generation;
    if (isReplaced) {
      this.#generation = series.generation;
      this.#raw.reset();
      this.#smooth.reset();
    }
    const updates: LineUpdate[] = [];
    const keptX = Math.min(this.#time?.update() ?? Infinity, this.#cursor.kept);
    const x = this.#time?.values ?? series.steps;
    const length = this.#time?.length ?? series.length;
    const raw = this.#raw.update(x, series.values, length, keptX);
    if (raw !== undefined) updates.push(this.#line("raw", raw, x));
    if (this.#smoothed !== undefined) {
      const keptY = Math.min(this.#smoothed.update(), keptX);
      const smooth = this.#smooth.update(x, this.#smoothed.values, length, keptY);
      if (smooth !== undefined) updates.push(this.#line("smooth", smooth, x));
    }
    this.#cursor.kept = series.length;
    if (isReplaced || series.rewoundSteps.length !== this.#rewoundCount) {
      this.#rewoundCount = series.rewoundSteps.length;
      updates.push(this.#rewound());
    }
    return updates;
  }

  close(): void {
    this.series.closeCursor(this.#cursor);
    this.#time?.close();
    this.#smoothed?.close();
    this.source.points.release();
  }

  #line(layer: "raw" | "smooth", update: LayerUpdate, x: Float64Array): LineUpdate {
    const { replaceFrom, points, total, exact } = update;
    const line = { ...nothing(this.#index), layer, replaceFrom, count: points.length, total, exact };
    return { line: { ...line, ...this.#nonFinite(x) }, x: points.x, y: points.y };
  }

  #nonFinite(x: Float64Array): Pick<SeriesLine, "nonFinite" | "nonFiniteCount"> {
    const { from, to, logX } = this.#query;
    const nonFinite: { x: number; kind: "nan" | "inf" | "-inf" }[] = [];
    let nonFiniteCount = 0;
    for (const index of this.series.nonFinite) {
      const at = x[index] ?? 0;
      if ((from !== null && at < from) || (to !== null && at > to) || (logX && at <= 0)) continue;
      nonFiniteCount++;
      const value = this.series.values[index] ?? Number.NaN;
      const kind = Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
      if (nonFinite.length < MAX_NON_FINITE) nonFinite.push({ x: at, kind });
    }
    return { nonFinite, nonFiniteCount };
  }

  #rewound(): LineUpdate {
    const points = new PointList();
    const x = this.#rewoundX();
    const total = x.length;
    const isExact = total <= MAX_REWOUND_EXACT;
    const y = Float64Array.from(this.series.rewoundValues);
    let start = 0;
    for (let i = 1; i <= total; i++) {
      if (i < total && (x[i] ?? 0) > (x[i - 1] ?? 0)) continue;
      if (isExact) points.pushRange(x, y, start, i);
      else reduceRange(x, y, start, i, chooseGrid(x[start] ?? 0, x[i - 1] ?? 0, this.#query.buckets), points);
      start = i;
    }
    const line = { ...nothing(this.#index), layer: "rewound" as const, count: points.length, total, exact: isExact };
    return { line, x: points.x, y: points.y };
  }

  /** On a time axis, superseded rows have a place only where their times were recorded. */
  #rewoundX(): Float64Array {
    const { series, source } = this;
    if (this.#query.x === "step") return Float64Array.from(series.rewoundSteps);
    if (series.rewoundTimes.some(Number.isNaN)) return EMPTY;
    const startedMs = source.timing.startedMs || (series.times[0] ?? 0);
    const toX = (timeMs: number): number => (this.#query.x === "wall" ? timeMs : (timeMs - startedMs) / 1000);
    return Float64Array.from(series.rewoundTimes, toX);
  }
}

/** A header entry that empties a layer. */
function nothing(index: number): SeriesLine {
  return {
    line: index,
    layer: "raw",
    replaceFrom: null,
    count: 0,
    total: 0,
    exact: true,
    nonFinite: [],
    nonFiniteCount: 0,
  };
}
