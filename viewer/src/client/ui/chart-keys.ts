import type { ChartGroup } from "@waymark/plots";
import type { ChartController } from "../chart/chart-controller.ts";
import { toggleReading } from "../chart/gestures.ts";
import type { ChartStats } from "../chart/chart-options.ts";
import { announce } from "../state/announce.ts";
import { crosshair, highlightedRun, type Crosshair } from "../state/hover.ts";
import { formatValue } from "../text/number.ts";
import { formatX } from "../text/x-value.ts";

/** One sentence about a chart for those who do not see it. */
export function describeChart(group: ChartGroup, lines: number, stats: ChartStats): string {
  const points = stats.isLoaded ? `, ${stats.total} points` : ", loading";
  const broken = stats.nonFinite > 0 ? `, ${stats.nonFinite} values are not numbers` : "";
  return `Line chart of ${group.title}, ${lines} ${lines === 1 ? "line" : "lines"}${points}${broken}. Arrow keys read values.`;
}

/** Arrows move the crosshair along a focused chart and between its lines; Enter keeps a reading. */
export function moveByKey(event: KeyboardEvent, chart: ChartController | null): void {
  if (chart?.scene === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const lines = chart.held();
  if (lines.length === 0) return;
  const before = crosshair.peek();
  const isHere = before?.chart === chart.id;
  const line = Math.min(isHere ? (before.line ?? 0) : 0, lines.length - 1);
  const x = isHere ? before.x : chart.scene.x[1];
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowRight":
      show(chart, line, stepFrom(chart, line, x, (event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1)));
      break;
    case "Home":
      show(chart, line, chart.scene.x[0]);
      break;
    case "End":
      show(chart, line, chart.scene.x[1]);
      break;
    case "ArrowUp":
    case "ArrowDown":
      show(chart, (line + (event.key === "ArrowUp" ? lines.length - 1 : 1)) % lines.length, x);
      break;
    case "Enter": {
      const reading = chart.readAt(x).find((candidate) => candidate.index === line);
      if (reading !== undefined) toggleReading(chart.id, reading);
      break;
    }
    default:
      return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function stepFrom(chart: ChartController, line: number, x: number, by: number): number {
  const points = chart.held()[line]?.series.raw;
  const at = chart.readAt(x).find((reading) => reading.index === line)?.point;
  if (points === undefined || at === undefined) return x;
  const index = Math.max(0, Math.min(points.length - 1, at.index + by));
  return points.x[index] ?? x;
}

function show(chart: ChartController, line: number, x: number): void {
  const reading = chart.readAt(x).find((candidate) => candidate.index === line);
  if (reading === undefined) return;
  highlightedRun.value = reading.line.run;
  crosshair.value = keyCrosshair(chart, line, reading.point.x);
  const { name, split } = reading.line;
  const place = formatX(chart.options.x, reading.point.x);
  announce(`${name}${split === null ? "" : ` ${split}`}, ${place}: ${formatValue(reading.point.y)}`);
}

function keyCrosshair(chart: ChartController, line: number, x: number): Crosshair {
  const box = document.querySelector(`[data-chart="${CSS.escape(chart.id)}"] .plot`)?.getBoundingClientRect();
  const left = (box?.left ?? 0) + chart.area.left + chart.xPixel(x);
  return { chart: chart.id, x, pixelY: null, line, clientX: left, clientY: (box?.top ?? 0) + 24 };
}
