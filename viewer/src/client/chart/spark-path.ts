import type { PointList } from "@waymark/plots";

/**
 * The outline of a small line through points, for an SVG path; it fills the box but for half a stroke on each side.
 *
 * @param points - Ordered by x; a value that is not finite breaks the line.
 * @param width - Of the box, in pixels.
 * @param height - Of the box, in pixels.
 * @returns Path data in pixels with one decimal; empty while fewer than two points are finite.
 */
export function sparkPath(points: PointList, width: number, height: number): string {
  const { x, y } = points;
  let [low, high, finite] = [Infinity, -Infinity, 0];
  for (const value of y) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
    finite++;
  }
  if (finite < 2) return "";
  const from = x[0] ?? 0;
  const span = (x.at(-1) ?? 0) - from || 1;
  let path = "";
  let isPenDown = false;
  for (let i = 0; i < points.length; i++) {
    const value = y[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      isPenDown = false;
      continue;
    }
    const left = 1 + (((x[i] ?? 0) - from) / span) * (width - 2);
    // A line that never moved lies in the middle.
    const share = high === low ? 0.5 : (high - value) / (high - low);
    path += `${isPenDown ? "L" : "M"}${left.toFixed(1)} ${(1 + share * (height - 2)).toFixed(1)}`;
    isPenDown = true;
  }
  return path;
}
