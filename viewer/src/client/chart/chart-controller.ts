import type { PointList } from "@waymark/plots";
import { signal, type ReadonlySignal } from "@preact/signals";
import { ChartSeries, LineSeries } from "../series/line-series.ts";
import { recordLag, transport } from "../state/client.ts";
import { fromPixels, toPixels } from "./axis-scale.ts";
import { EMPTY_STATS, lineKey, type ChartLine, type ChartOptions, type ChartStats } from "./chart-options.ts";
import { chartQuery } from "./chart-query.ts";
import { buildRows, rowsKey } from "./chart-rows.ts";
import { buildScene, newestX } from "./chart-scene.ts";
import { measureStats } from "./chart-stats.ts";
import { plotArea, type PlotArea } from "./geometry.ts";
import { LiveView } from "./live-view.ts";
import { nearestPoint, type NearPoint } from "./nearest.ts";
import { scheduler, type Drawable } from "./scheduler.ts";

type Scene = ReturnType<typeof buildScene>;

/** A line's point at the crosshair. */
export interface LineReading {
  readonly index: number;
  readonly line: ChartLine;
  /** On the line as drawn. */
  readonly point: NearPoint;
  /** What was logged there, when the line is smoothed. */
  readonly rawY: number | null;
}

/**
 * One chart on screen: it asks for its points while it is near the viewport, keeps them, and draws them when the
 * scheduler says so. It knows nothing of the page around it.
 */
export class ChartController implements Drawable {
  readonly id: string;
  readonly #host: HTMLElement;
  readonly #stats = signal<ChartStats>(EMPTY_STATS);
  readonly #acknowledgements: (() => void)[] = [];
  #options: ChartOptions;
  #view: LiveView | undefined;
  #series = new Map<string, LineSeries>();
  #rowsKey = "";
  #queryKey = "";
  #unsubscribe: (() => void) | undefined;
  #width = 0;
  #height = 0;
  #isNear = false;
  #highlight: string | null = null;
  #scene: Scene | undefined;
  #error: string | null = null;
  #noticedMs: number | null = null;
  #isLoaded = false;
  /** Called after each drawing: overlays follow the scales. */
  onDrawn: (() => void) | undefined;

  constructor(id: string, host: HTMLElement, options: ChartOptions) {
    this.id = id;
    this.#host = host;
    this.#options = options;
  }

  get stats(): ReadonlySignal<ChartStats> {
    return this.#stats;
  }

  get options(): ChartOptions {
    return this.#options;
  }

  get scene(): Scene | undefined {
    return this.#scene;
  }

  get area(): PlotArea {
    return plotArea(this.#width, this.#height);
  }

  get size(): { readonly width: number; readonly height: number } {
    return { width: this.#width, height: this.#height };
  }

  get isNear(): boolean {
    return this.#isNear;
  }

  /** Takes new options over; asks the server again only when they need other points. */
  update(options: ChartOptions): void {
    this.#options = options;
    this.#subscribe();
    this.#requestDraw(true);
  }

  setHighlight(run: string | null): void {
    if (run === this.#highlight) return;
    this.#highlight = run;
    this.#requestDraw(true);
  }

  resize(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    this.#width = width;
    this.#height = height;
    this.#subscribe();
    this.#requestDraw(true);
  }

  /** Subscribes while the chart is near the viewport, and only then. */
  setNear(isNear: boolean): void {
    if (isNear === this.#isNear) return;
    this.#isNear = isNear;
    scheduler.visible += isNear ? 1 : -1;
    if (isNear) {
      this.#subscribe();
      this.#requestDraw(true);
      return;
    }
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#queryKey = "";
    scheduler.cancel(this);
    this.#acknowledge();
  }

  /** Gives Vega's view back; the next drawing makes another one. Points are kept. */
  release(): void {
    this.#view?.finalize();
    this.#view = undefined;
    this.#rowsKey = "";
  }

  dispose(): void {
    this.setNear(false);
    this.release();
  }

  async draw(): Promise<void> {
    if (!this.#isNear || this.#width < 40) return;
    const view = (this.#view ??= new LiveView(this.#host));
    const key = rowsKey(this.#options);
    if (key !== this.#rowsKey) {
      this.#rowsKey = key;
      view.setRows(buildRows(this.#options, this.#series));
    }
    const scene = buildScene(this.#options, this.#allMainLines(), this.size, this.#highlight);
    this.#scene = scene;
    await view.draw(scene);
    this.#acknowledge();
    const lines = this.#options.lines.map((line) => this.#series.get(lineKey(line)));
    this.#stats.value = { ...measureStats(lines, scene.isClipped), isLoaded: this.#isLoaded, error: this.#error };
    if (this.#noticedMs !== null) recordLag(this.#noticedMs);
    this.#noticedMs = null;
    this.onDrawn?.();
  }

  /** The x value under a pixel of the plot. */
  xAt(pixel: number): number {
    const scene = this.#scene;
    return scene === undefined ? 0 : fromPixels(scene.xScale, scene.xDomain, 0, this.area.width, pixel);
  }

  /** The y value under a pixel of the plot. */
  yAt(pixel: number): number {
    const scene = this.#scene;
    return scene === undefined ? 0 : fromPixels(scene.yScale, scene.yDomain, this.area.height, 0, pixel);
  }

  xPixel(x: number): number {
    const scene = this.#scene;
    return scene === undefined ? Number.NaN : toPixels(scene.xScale, scene.xDomain, 0, this.area.width)(x);
  }

  yPixel(y: number): number {
    const scene = this.#scene;
    return scene === undefined ? Number.NaN : toPixels(scene.yScale, scene.yDomain, this.area.height, 0)(y);
  }

  /** The nearest point of every line, in the chart's order. */
  readAt(x: number): LineReading[] {
    const readings: LineReading[] = [];
    this.#options.lines.forEach((line, index) => {
      const series = this.#series.get(lineKey(line));
      if (series === undefined) return;
      const main = this.#mainOf(series);
      const point = nearestPoint(main, x);
      if (point === null) return;
      const rawY = main === series.raw ? null : (nearestPoint(series.raw, point.x)?.y ?? null);
      readings.push({ index, line, point, rawY });
    });
    return readings;
  }

  /** The points of every line as held, for tables and files. */
  held(): { readonly line: ChartLine; readonly series: LineSeries }[] {
    return this.#options.lines.flatMap((line) => {
      const series = this.#series.get(lineKey(line));
      return series === undefined ? [] : [{ line, series }];
    });
  }

  #requestDraw(isUrgent: boolean): void {
    if (this.#isNear) scheduler.request(this, isUrgent);
  }

  #mainOf(series: LineSeries): PointList {
    // A smoothed line takes a moment to arrive; until then the logged one stands in.
    return this.#options.smoothing.kind !== "none" && series.smooth.length > 0 ? series.smooth : series.raw;
  }

  /** One entry per line of the options, for what goes by their order. */
  #allMainLines(): (PointList | undefined)[] {
    return this.#options.lines.map((line) => {
      const series = this.#series.get(lineKey(line));
      return series === undefined ? undefined : this.#mainOf(series);
    });
  }

  #subscribe(): void {
    if (!this.#isNear || this.#width < 40 || this.#options.lines.length === 0) return;
    const query = chartQuery(this.#options, this.area.width, newestX(this.#options, this.#allMainLines()));
    const key = JSON.stringify(query);
    if (key === this.#queryKey) return;
    this.#queryKey = key;
    this.#unsubscribe?.();
    const { lines } = this.#options;
    const incoming = new ChartSeries(lines.length);
    let isFirst = true;
    this.#error = null;
    this.#unsubscribe = transport().subscribe(query, {
      frame: (frame, acknowledge) => {
        incoming.applyFrame(frame);
        if (!frame.header.snapshot) this.#noticedMs = frame.header.noticedMs;
        if (isFirst) {
          // Until now the old points stayed on screen, in the new window.
          isFirst = false;
          this.#isLoaded = true;
          this.#series = new Map(lines.map((line, i) => [lineKey(line), incoming.lines[i] ?? new LineSeries()]));
          this.#rowsKey = "";
        }
        this.#acknowledgements.push(acknowledge);
        this.#requestDraw(frame.header.snapshot);
        if (this.#options.tail !== null) this.#subscribe();
      },
      error: (message) => {
        this.#error = message;
        this.#requestDraw(true);
      },
    });
  }

  #acknowledge(): void {
    for (const acknowledge of this.#acknowledgements.splice(0)) acknowledge();
  }
}
