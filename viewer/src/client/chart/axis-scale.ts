import type { Range, YScale } from "../state/view-state.ts";

/** Below this magnitude a symmetric logarithm is all but linear. */
const SYMLOG_CONSTANT = 0.01;

/**
 * Maps a value to where it stands along an axis. Charts are linear in this space, whatever the scale: Vega sees linear
 * scales only, and a change of scale needs no new view. Values that the scale cannot show are `NaN`.
 */
export function mapValue(scale: YScale, value: number): number {
  switch (scale) {
    case "linear":
      return value;
    case "log":
      return value > 0 ? Math.log10(value) : Number.NaN;
    case "symlog":
      return Math.sign(value) * Math.log10(1 + Math.abs(value) / SYMLOG_CONSTANT);
  }
}

/** The inverse of {@link mapValue}. */
export function unmapValue(scale: YScale, mapped: number): number {
  switch (scale) {
    case "linear":
      return mapped;
    case "log":
      return 10 ** mapped;
    case "symlog":
      return Math.sign(mapped) * SYMLOG_CONSTANT * (10 ** Math.abs(mapped) - 1);
  }
}

/** Maps both ends; ends that the scale cannot show leave the range as small as it can be. */
export function mapRange(scale: YScale, [low, high]: Range): Range {
  const from = mapValue(scale, low);
  const to = mapValue(scale, high);
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? [from, to] : [0, 1];
}

/** A function from values to pixels, for drawing many points. */
export function toPixels(scale: YScale, mapped: Range, start: number, end: number): (value: number) => number {
  const factor = (end - start) / (mapped[1] - mapped[0]);
  return (value) => start + (mapValue(scale, value) - mapped[0]) * factor;
}

/** The value at a pixel. */
export function fromPixels(scale: YScale, mapped: Range, start: number, end: number, pixel: number): number {
  return unmapValue(scale, mapped[0] + ((pixel - start) / (end - start)) * (mapped[1] - mapped[0]));
}
