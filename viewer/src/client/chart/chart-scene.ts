import type { PointList } from "@waymark/plots";
import type { Range, YScale } from "../state/view-state.ts";
import { mapRange } from "./axis-scale.ts";
import type { ChartOptions } from "./chart-options.ts";
import { xExtent, yDomain } from "./domain.ts";
import { plotArea } from "./geometry.ts";
import type { ChartScene } from "./live-view.ts";
import { valueTicks, xTicks } from "./ticks.ts";

/** Few enough points that thicker lines cost nothing and read better. */
const SPARSE_POINTS = 1500;

/**
 * Works out domains, ticks and line width for the points a chart holds.
 *
 * @param held - Points by line, in the order of the options; undefined where none have come yet.
 */
export function buildScene(
  options: ChartOptions,
  held: readonly (PointList | undefined)[],
  size: { readonly width: number; readonly height: number },
  highlight: string | null,
): ChartScene & { readonly isClipped: boolean; readonly x: Range; readonly y: Range } {
  const lines = held.filter((points) => points !== undefined);
  const xScale: YScale = options.logX && options.x !== "wall" ? "log" : "linear";
  const x = xRange(options, held, xScale);
  const fitted =
    yDomain(lines, x, options.yScale, options.isRobust) ?? yDomain(lines, [-Infinity, Infinity], options.yScale, false);
  const y = options.yWindow ?? fitted?.range ?? (options.yScale === "log" ? [0.1, 1] : [0, 1]);
  const area = plotArea(size.width, size.height);
  const points = lines.reduce((sum, line) => sum + line.length, 0);
  return {
    ...size,
    x,
    y,
    xDomain: mapRange(xScale, x),
    yDomain: mapRange(options.yScale, y),
    xScale,
    yScale: options.yScale,
    xTicks: xTicks(options.x, xScale === "log", x, Math.max(2, Math.floor(area.width / 78))),
    yTicks: valueTicks(options.yScale, y, Math.max(2, Math.floor(area.height / 36))),
    colors: options.colors,
    lineWidth: points <= SPARSE_POINTS ? 1.5 : 1,
    highlight,
    isClipped: options.yWindow === null && (fitted?.isRobust ?? false),
  };
}

function xRange(options: ChartOptions, held: readonly (PointList | undefined)[], scale: YScale): Range {
  const lines = held.filter((points) => points !== undefined);
  if (options.window !== null) return options.window;
  let [low, high] = xExtent(lines) ?? [0, 1];
  if (options.tail !== null) {
    high = newestX(options, held) ?? high;
    low = Math.max(low, high - options.tail);
  }
  if (scale === "log") {
    low = Math.max(low, smallestPositive(lines));
    high = Math.max(high, low * 10);
  }
  if (low === high) {
    const room = options.x === "step" ? 1 : options.x === "wall" ? 1000 : 1;
    return [low - room / 2, high + room / 2];
  }
  return [low, high];
}

/** Where the tail ends: at the newest point of what still runs, else of everything. */
export function newestX(options: ChartOptions, lines: readonly (PointList | undefined)[]): number | null {
  const isAnyActive = options.lines.some((line) => line.isActive);
  let newest: number | null = null;
  options.lines.forEach((line, i) => {
    const points = lines[i];
    const last = points?.x[points.length - 1];
    if (last !== undefined && (line.isActive || !isAnyActive)) newest = Math.max(newest ?? -Infinity, last);
  });
  return newest;
}

function smallestPositive(lines: readonly PointList[]): number {
  let smallest = Infinity;
  for (const { x, length } of lines) {
    for (let i = 0; i < length; i++) {
      const value = x[i] ?? 0;
      if (value <= 0) continue;
      smallest = Math.min(smallest, value);
      break;
    }
  }
  return smallest === Infinity ? 1 : smallest;
}
