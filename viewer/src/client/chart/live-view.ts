import { changeset } from "vega-dataflow";
import type { Runtime } from "vega";
import type { View } from "vega-view";
import type { ChartColors } from "../state/theme.ts";
import type { Range, YScale } from "../state/view-state.ts";
import type { ChartRow } from "./chart-row.ts";
import { plotArea } from "./geometry.ts";
import { createView, parseSpec } from "./runtime.ts";
import { LIVE_CHART_SPEC } from "./spec.ts";
import type { Ticks } from "./ticks.ts";

/** Everything a chart shows besides its points; domains are in mapped space. */
export interface ChartScene {
  readonly width: number;
  readonly height: number;
  readonly xDomain: Range;
  readonly yDomain: Range;
  readonly xScale: YScale;
  readonly yScale: YScale;
  readonly xTicks: Ticks;
  readonly yTicks: Ticks;
  readonly colors: ChartColors;
  readonly lineWidth: number;
  readonly highlight: string | null;
}

let runtime: Runtime | undefined;

/** Parses and runs an empty chart, while the page waits for its first data: the first real one is then drawn sooner. */
export async function warmUp(): Promise<void> {
  runtime ??= parseSpec(LIVE_CHART_SPEC);
  const view = createView(runtime, "none");
  await view.runAsync();
  view.finalize();
}

/** One live chart's Vega view. It is made once; data, domains, scales, sizes and colours change inside it. */
export class LiveView {
  readonly #view: View;
  #version = 0;

  /** @param host - Element to fill; its canvas is Vega's own. */
  constructor(host: HTMLElement) {
    runtime ??= parseSpec(LIVE_CHART_SPEC);
    this.#view = createView(runtime, "canvas");
    this.#view.initialize(host);
  }

  /** Replaces the marks. Their points are read at each {@link draw}. */
  setRows(rows: readonly ChartRow[]): void {
    this.#view.change(
      "rows",
      changeset()
        .remove(() => true)
        .insert([...rows]),
    );
  }

  /** Draws the scene and the rows' points as they are now. */
  async draw(scene: ChartScene): Promise<void> {
    const area = plotArea(scene.width, scene.height);
    this.#view.width(area.width).height(area.height);
    this.#set("xDomain", scene.xDomain);
    this.#set("yDomain", scene.yDomain);
    this.#set("xScale", scene.xScale);
    this.#set("yScale", scene.yScale);
    this.#set("xLabels", scene.xTicks.labels);
    this.#set("xTicks", scene.xTicks.positions);
    this.#set("yLabels", scene.yTicks.labels);
    this.#set("yTicks", scene.yTicks.positions);
    this.#set("textColor", scene.colors.muted);
    this.#set("gridColor", scene.colors.grid);
    this.#set("axisColor", scene.colors.axis);
    this.#set("lineWidth", scene.lineWidth);
    this.#set("highlight", scene.highlight);
    this.#view.signal("version", ++this.#version);
    await this.#view.runAsync();
  }

  /** Frees everything Vega holds for this chart. */
  finalize(): void {
    this.#view.finalize();
  }

  /** Sets a signal only when its content changed: every change wakes the axes that follow it. */
  #set(name: string, value: unknown): void {
    const before: unknown = this.#view.signal(name);
    if (!isSame(before, value)) this.#view.signal(name, value);
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => item === b[i]);
  return a === b;
}
