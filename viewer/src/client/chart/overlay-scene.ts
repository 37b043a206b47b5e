import type { Crosshair } from "../state/hover.ts";
import type { Reading } from "../state/view-state.ts";
import type { ChartController, LineReading } from "./chart-controller.ts";
import type { Brush } from "./gestures.ts";
import type { OverlayDot, OverlayScene } from "./overlay.ts";

/** As many lines as a tooltip lists. */
const MAX_READINGS = 8;

/** What stands above one chart just now. */
export function buildOverlay(
  controller: ChartController,
  cross: Crosshair | null,
  highlight: string | null,
  readings: readonly Reading[],
  brush: Brush | null,
  accent: string,
): OverlayScene {
  const shown = cross === null ? [] : nearestReadings(controller, cross);
  return {
    area: controller.area,
    colors: controller.options.colors,
    accent,
    crosshair: cross === null ? null : controller.xPixel(cross.x),
    dots: shown.map((reading) => toDot(controller, reading, reading.line.run === highlight)),
    readings: readings
      .filter((reading) => reading.chart === controller.id)
      .flatMap((reading) => keptDot(controller, reading)),
    brush,
  };
}

/** The lines to name at the crosshair: those nearest to the pointer, highest value first. */
export function nearestReadings(controller: ChartController, cross: Crosshair): LineReading[] {
  const { area } = controller;
  const all = controller.readAt(cross.x).filter(({ point }) => {
    const pixel = controller.xPixel(point.x);
    return pixel >= -1 && pixel <= area.width + 1;
  });
  const near =
    all.length > MAX_READINGS && cross.pixelY !== null && cross.chart === controller.id
      ? all.toSorted((a, b) => distance(controller, a, cross.pixelY ?? 0) - distance(controller, b, cross.pixelY ?? 0))
      : all;
  return near.slice(0, MAX_READINGS).sort((a, b) => b.point.y - a.point.y);
}

function distance(controller: ChartController, reading: LineReading, pixelY: number): number {
  return Math.abs(controller.yPixel(reading.point.y) - pixelY);
}

function toDot(controller: ChartController, { line, point }: LineReading, isStrong: boolean): OverlayDot {
  return { x: controller.xPixel(point.x), y: controller.yPixel(point.y), color: line.color, isStrong };
}

function keptDot(controller: ChartController, reading: Reading): OverlayDot[] {
  const found = controller
    .readAt(reading.x)
    .find(({ line }) => line.run === reading.run && line.metric === reading.metric);
  return found === undefined ? [] : [toDot(controller, found, true)];
}
