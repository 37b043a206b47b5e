import { crosshair, highlightedRun, isTooltipFrozen } from "../state/hover.ts";
import { resetZoom, updateView, view, withEntry, zoomTo } from "../state/view.ts";
import type { Range } from "../state/view-state.ts";
import type { ChartController, LineReading } from "./chart-controller.ts";

/** A part of the plot being dragged over, in pixels. */
export interface Brush {
  readonly axis: "x" | "y";
  readonly from: number;
  readonly to: number;
}

/** Less than this is a click. */
const DRAG_PX = 4;
/** A line this near to the pointer is the one meant. */
const NEAR_PX = 24;

/**
 * Listens to the pointer over a chart: crosshair, zoom by dragging, reset, readings, wheel over an axis.
 *
 * @param onBrush - Told what is being dragged over, and null when that ends.
 * @returns A function that stops listening.
 */
export function bindGestures(
  element: HTMLElement,
  controller: ChartController,
  onBrush: (brush: Brush | null) => void,
): () => void {
  let start: { readonly x: number; readonly y: number; readonly axis: "x" | "y" } | null = null;
  let isDragging = false;
  const at = (event: MouseEvent): { readonly x: number; readonly y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left - controller.area.left, y: event.clientY - box.top - controller.area.top };
  };
  const events = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options: AddEventListenerOptions = {},
  ): void => element.addEventListener(type, listener, { ...options, signal: events.signal });

  on("pointermove", (event) => {
    const point = at(event);
    if (start !== null) {
      const distance = start.axis === "x" ? point.x - start.x : point.y - start.y;
      isDragging ||= Math.abs(distance) >= DRAG_PX;
      if (isDragging) {
        const limit = start.axis === "x" ? controller.area.width : controller.area.height;
        const to = Math.max(0, Math.min(limit, start.axis === "x" ? point.x : point.y));
        onBrush({ axis: start.axis, from: start.axis === "x" ? start.x : start.y, to });
      }
    }
    if (!isTooltipFrozen.peek()) moveCrosshair(controller, point, event);
  });
  on("pointerleave", () => {
    if (isTooltipFrozen.peek() || start !== null) return;
    crosshair.value = null;
    highlightedRun.value = null;
  });
  on("pointerdown", (event) => {
    // Control and a click is the other button where a mouse has one only.
    if (event.button !== 0 || event.ctrlKey || event.pointerType === "touch") return;
    const point = at(event);
    if (!isInside(controller, point)) return;
    start = { ...point, axis: event.shiftKey ? "y" : "x" };
    isDragging = false;
    element.setPointerCapture(event.pointerId);
  });
  on("pointerup", (event) => {
    const from = start;
    start = null;
    onBrush(null);
    if (from === null) return;
    const point = at(event);
    if (isDragging) zoomByDrag(controller, from, point, event.altKey);
    else if (event.shiftKey) isTooltipFrozen.value = !isTooltipFrozen.peek();
    else keepReading(controller, point);
  });
  on("pointercancel", () => {
    start = null;
    onBrush(null);
  });
  on("dblclick", () => resetZoom());
  on("wheel", (event) => zoomByWheel(controller, at(event), event), { passive: false });
  return () => events.abort();
}

function isInside(controller: ChartController, point: { readonly x: number; readonly y: number }): boolean {
  const { width, height } = controller.area;
  return point.x >= -2 && point.x <= width + 2 && point.y >= -2 && point.y <= height + 2;
}

function moveCrosshair(
  controller: ChartController,
  point: { readonly x: number; readonly y: number },
  event: MouseEvent,
): void {
  if (controller.scene === undefined || !isInside(controller, point)) {
    crosshair.value = null;
    highlightedRun.value = null;
    return;
  }
  const pointerX = controller.xAt(point.x);
  const nearest = nearestReading(controller, pointerX, point.y);
  crosshair.value = {
    chart: controller.id,
    // On a point, so that all charts read the same step.
    x: nearest?.reading.point.x ?? pointerX,
    pixelY: point.y,
    line: null,
    clientX: event.clientX,
    clientY: event.clientY,
  };
  highlightedRun.value = nearest !== null && nearest.distance <= NEAR_PX ? nearest.reading.line.run : null;
}

/** The line nearest to a height at an x. */
function nearestReading(
  controller: ChartController,
  x: number,
  pixelY: number,
): { readonly reading: LineReading; readonly distance: number } | null {
  let best: { readonly reading: LineReading; readonly distance: number } | null = null;
  for (const reading of controller.readAt(x)) {
    const distance = Math.abs(controller.yPixel(reading.point.y) - pixelY);
    if (best === null || distance < best.distance) best = { reading, distance };
  }
  return best;
}

function zoomByDrag(
  controller: ChartController,
  from: { readonly x: number; readonly y: number; readonly axis: "x" | "y" },
  to: { readonly x: number; readonly y: number },
  isThisChartOnly: boolean,
): void {
  const { windows, yWindows } = view.peek();
  if (from.axis === "y") {
    const range = sorted(controller.yAt(from.y), controller.yAt(Math.max(0, Math.min(controller.area.height, to.y))));
    zoomTo({ yWindows: withEntry(yWindows, controller.id, range) });
    return;
  }
  const range = sorted(controller.xAt(from.x), controller.xAt(Math.max(0, Math.min(controller.area.width, to.x))));
  if (isThisChartOnly) zoomTo({ windows: withEntry(windows, controller.id, range) });
  else zoomTo({ window: range, windows: new Map(), tail: null });
}

/** Wheel over an axis zooms it; over the plot it scrolls the page, as everywhere. */
function zoomByWheel(
  controller: ChartController,
  point: { readonly x: number; readonly y: number },
  event: WheelEvent,
): void {
  const { scene, area } = controller;
  if (scene === undefined) return;
  const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200)));
  if (point.y > area.height && point.x >= 0) {
    event.preventDefault();
    const range = scaleAround(scene.x, controller.xAt(point.x), factor);
    updateView({ window: range, tail: null }, { isContinuous: true });
  } else if (point.x < 0 && point.y >= 0) {
    event.preventDefault();
    const range = scaleAround(scene.y, controller.yAt(point.y), factor);
    updateView({ yWindows: withEntry(view.peek().yWindows, controller.id, range) }, { isContinuous: true });
  }
}

function scaleAround([low, high]: Range, centre: number, factor: number): Range {
  return [centre - (centre - low) * factor, centre + (high - centre) * factor];
}

/** Keeps the point under the pointer, or lets go of the one that is kept there. */
function keepReading(controller: ChartController, point: { readonly x: number; readonly y: number }): void {
  const nearest = nearestReading(controller, controller.xAt(point.x), point.y);
  if (nearest === null || nearest.distance > NEAR_PX) return;
  toggleReading(controller.id, nearest.reading);
}

/** Keeps or lets go of a reading; a chart holds two, for their difference. */
export function toggleReading(chart: string, { line, point }: LineReading): void {
  const reading = { chart, run: line.run, metric: line.metric, x: point.x };
  const { readings } = view.peek();
  const isSame = (other: typeof reading): boolean =>
    other.chart === chart && other.run === reading.run && other.metric === reading.metric && other.x === reading.x;
  if (readings.some(isSame)) updateView({ readings: readings.filter((other) => !isSame(other)) });
  else {
    const here = readings.filter((other) => other.chart === chart).slice(-1);
    updateView({ readings: [...readings.filter((other) => other.chart !== chart), ...here, reading] });
  }
}

function sorted(a: number, b: number): Range {
  return a < b ? [a, b] : [b, a];
}
