import type { Smoothing, XAxis } from "../../protocol.ts";
import { charts } from "../chart/registry.ts";
import { announce } from "./announce.ts";
import { crosshair } from "./hover.ts";
import type { YScale } from "./view-state.ts";
import { redoView, undoView, updateView, view, withEntry, zoomTo } from "./view.ts";

const AXES: readonly XAxis[] = ["step", "relative", "wall"];
const SCALES: readonly YScale[] = ["linear", "log", "symlog"];
/** Weights that a press of `[` or `]` steps through. */
const WEIGHTS: readonly number[] = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

/** Follows the newest tenth of what there is, or stops following. */
export function toggleTail(): void {
  const { tail } = view.peek();
  if (tail !== null) {
    zoomTo({ tail: null });
    announce("Tail off");
    return;
  }
  let span = 0;
  for (const chart of charts.values())
    if (chart.scene !== undefined) span = Math.max(span, chart.scene.x[1] - chart.scene.x[0]);
  const wanted = span / 5;
  const power = 10 ** Math.floor(Math.log10(Math.max(wanted, 1e-6)));
  const length = Math.max(view.peek().x === "wall" ? 1000 : 1, Math.ceil(wanted / power) * power);
  zoomTo({ tail: length, window: null, windows: new Map() });
  announce("Following the newest steps");
}

export function cycleXAxis(): void {
  const { x } = view.peek();
  const next = AXES[(AXES.indexOf(x) + 1) % AXES.length] ?? "step";
  updateView({ x: next, window: null, windows: new Map(), tail: null });
  announce(`X axis: ${next}`);
}

/** The next y scale, for the chart under the crosshair or for all. */
export function cycleYScale(isForAll: boolean): void {
  const { yScale, yScales } = view.peek();
  const chart = crosshair.peek()?.chart;
  const next = (scale: YScale): YScale => SCALES[(SCALES.indexOf(scale) + 1) % SCALES.length] ?? "linear";
  if (isForAll || chart === undefined) {
    updateView({ yScale: next(yScale), yScales: new Map() });
    announce(`Y axis: ${next(yScale)}`);
    return;
  }
  const scale = next(yScales.get(chart) ?? yScale);
  updateView({ yScales: withEntry(yScales, chart, scale === yScale ? undefined : scale) });
  announce(`Y axis of this chart: ${scale}`);
}

export function setSmoothing(smoothing: Smoothing): void {
  updateView({ smoothing, smoothings: new Map() });
}

/** Smooths or stops smoothing. */
export function toggleSmoothing(): void {
  const isOn = view.peek().smoothing.kind !== "none";
  setSmoothing(isOn ? { kind: "none" } : { kind: "ema", weight: 0.9 });
  announce(isOn ? "Smoothing off" : "Smoothing on");
}

/** Smooths a notch more or less. */
export function stepSmoothing(by: 1 | -1): void {
  const { smoothing } = view.peek();
  if (smoothing.kind !== "none" && smoothing.kind !== "ema") {
    const width = Math.max(
      3,
      Math.min(1001, smoothing.width + by * Math.max(2, 2 * Math.round(smoothing.width * 0.15))),
    );
    setSmoothing({ kind: smoothing.kind, width });
    return;
  }
  const weight = smoothing.kind === "ema" ? smoothing.weight : 0;
  const next =
    by > 0 ? WEIGHTS.find((value) => value > weight + 1e-9) : WEIGHTS.findLast((value) => value < weight - 1e-9);
  if (next === undefined) return;
  setSmoothing(next === 0 ? { kind: "none" } : { kind: "ema", weight: next });
  announce(`Smoothing ${next}`);
}

export function undo(): void {
  announce(undoView() ? "Undone" : "Nothing to undo");
}

export function redo(): void {
  announce(redoView() ? "Redone" : "Nothing to redo");
}
