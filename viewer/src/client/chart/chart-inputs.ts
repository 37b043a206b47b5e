import type { ChartGroup } from "@waymark/plots";
import { checkpointTicks } from "../state/layout.ts";
import { chartColors } from "../state/theme.ts";
import { view } from "../state/view.ts";
import type { ChartLine, ChartOptions } from "./chart-options.ts";

/** What a chart shows, from the view and its lines; reads signals. */
export function chartOptions(group: ChartGroup, lines: readonly ChartLine[]): ChartOptions {
  const { x, logX, yScale, yScales, smoothing, smoothings, window, windows, yWindows, tail, outliers } = view.value;
  const runs = new Set(lines.map((line) => line.run));
  const ownWindow = windows.get(group.id);
  return {
    lines,
    checkpoints: checkpointTicks.value.filter((ticks) => runs.has(ticks.run)),
    x,
    logX,
    yScale: yScales.get(group.id) ?? yScale,
    smoothing: smoothings.get(group.id) ?? smoothing,
    window: ownWindow ?? window,
    yWindow: yWindows.get(group.id) ?? null,
    tail: ownWindow === undefined ? tail : null,
    isRobust: outliers === "robust",
    colors: chartColors.value,
  };
}
