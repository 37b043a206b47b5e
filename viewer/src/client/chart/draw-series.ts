import { lowerBound, type PointList } from "@waymark/plots";
import type { Range, YScale } from "../state/view-state.ts";
import { mapValue } from "./axis-scale.ts";
import type { ChartRow } from "./chart-row.ts";
import type { PathContext } from "./path-text.ts";

/** What a drawing needs to know about its chart; domains are in mapped space. */
export interface DrawSpace {
  readonly width: number;
  readonly height: number;
  readonly xDomain: Range;
  readonly yDomain: Range;
  readonly xScale: YScale;
  readonly yScale: YScale;
}

/** Far outside any chart, and still exact in the 32-bit floats of a canvas. */
const LIMIT = 16_000;
const TICK_HEIGHT = 7;
const MARKER = 4;

/** Draws one row into a path. */
export function drawRow(context: PathContext, row: ChartRow, space: DrawSpace): void {
  switch (row.kind) {
    case "line":
      if (row.series !== null) drawLine(context, row.series.layer(row.layer), space, false);
      break;
    case "rewound":
      if (row.series !== null) drawLine(context, row.series.rewound, space, true);
      break;
    case "checkpoints":
      drawTicks(context, row.positions, space);
      break;
    case "invalid":
      if (row.series !== null) drawInvalid(context, row.series.nonFinite, space);
      break;
  }
}

/**
 * A polyline that breaks where y cannot be shown. A point with no neighbour on either side becomes a dot.
 *
 * @param isRewound - Strokes begin anew where x goes back, so points are not in order as a whole.
 */
function drawLine(context: PathContext, points: PointList, space: DrawSpace, isRewound: boolean): void {
  const { x, y, length } = points;
  const toX = linear(space.xDomain, 0, space.width);
  const toY = linear(space.yDomain, space.height, 0);
  const isPlainX = space.xScale === "linear";
  const isPlainY = space.yScale === "linear";
  let start = 0;
  let end = length;
  if (!isRewound && isPlainX && length > 64) {
    start = Math.max(0, lowerBound(x, space.xDomain[0], 0, length) - 1);
    end = Math.min(length, lowerBound(x, space.xDomain[1], 0, length) + 2);
  }
  let isDrawing = false;
  let isAlone = false;
  let lastX = 0;
  let lastPixelX = 0;
  let lastPixelY = 0;
  for (let i = start; i < end; i++) {
    const valueX = x[i] ?? Number.NaN;
    const valueY = y[i] ?? Number.NaN;
    const pixelX = toX.scale * (isPlainX ? valueX : mapValue(space.xScale, valueX)) + toX.offset;
    const pixelY = toY.scale * (isPlainY ? valueY : mapValue(space.yScale, valueY)) + toY.offset;
    // False for NaN and infinities, whichever axis they come from.
    if (!(pixelX - pixelX === 0 && pixelY - pixelY === 0)) {
      if (isAlone) dot(context, lastPixelX, lastPixelY);
      isDrawing = false;
      isAlone = false;
      continue;
    }
    const boundX = pixelX > LIMIT ? LIMIT : pixelX < -LIMIT ? -LIMIT : pixelX;
    const boundY = pixelY > LIMIT ? LIMIT : pixelY < -LIMIT ? -LIMIT : pixelY;
    if (isDrawing && !(isRewound && valueX < lastX)) {
      context.lineTo(boundX, boundY);
      isAlone = false;
    } else {
      if (isAlone) dot(context, lastPixelX, lastPixelY);
      context.moveTo(boundX, boundY);
      isDrawing = true;
      isAlone = true;
    }
    lastX = valueX;
    lastPixelX = boundX;
    lastPixelY = boundY;
  }
  if (isAlone) dot(context, lastPixelX, lastPixelY);
}

/** Drawn with the line's own stroke, so it needs no fill. */
function dot(context: PathContext, x: number, y: number): void {
  for (const offset of [-1, 0, 1]) {
    context.moveTo(x - 1.5, y + offset);
    context.lineTo(x + 1.5, y + offset);
  }
}

function drawTicks(context: PathContext, positions: readonly number[], space: DrawSpace): void {
  const toX = linear(space.xDomain, 0, space.width);
  let last = -Infinity;
  for (const position of positions) {
    const pixel = Math.round(toX.scale * mapValue(space.xScale, position) + toX.offset);
    // A thousand checkpoints are a band, not a thousand strokes on the same pixels.
    if (!(pixel >= 0 && pixel <= space.width) || pixel - last < 2) continue;
    context.moveTo(pixel, space.height - TICK_HEIGHT);
    context.lineTo(pixel, space.height);
    last = pixel;
  }
}

/** Triangles at the edge: pointing up at the top for +inf, down at the bottom for NaN and -inf. */
function drawInvalid(
  context: PathContext,
  marks: readonly { readonly x: number; readonly kind: "nan" | "inf" | "-inf" }[],
  space: DrawSpace,
): void {
  const toX = linear(space.xDomain, 0, space.width);
  for (const { x, kind } of marks) {
    const pixel = toX.scale * mapValue(space.xScale, x) + toX.offset;
    if (!(pixel >= -MARKER && pixel <= space.width + MARKER)) continue;
    const base = kind === "inf" ? MARKER * 1.6 + 1 : space.height - MARKER * 1.6 - 1;
    const tip = kind === "inf" ? 1 : space.height - 1;
    context.moveTo(pixel - MARKER, base);
    context.lineTo(pixel + MARKER, base);
    context.lineTo(pixel, tip);
    context.lineTo(pixel - MARKER, base);
  }
}

function linear([low, high]: Range, start: number, end: number): { readonly scale: number; readonly offset: number } {
  const scale = (end - start) / (high - low);
  return { scale, offset: start - low * scale };
}
