import { lowerBound, type PointList } from "@waymark/plots";

/** A point of a line that a pointer or a key stands on. */
export interface NearPoint {
  readonly index: number;
  readonly x: number;
  readonly y: number;
}

/** The finite point whose x is nearest, or null in an empty line; x ascends. */
export function nearestPoint(points: PointList, x: number): NearPoint | null {
  const { x: xs, y: ys, length } = points;
  if (length === 0) return null;
  const at = lowerBound(xs, x, 0, length);
  let best: NearPoint | null = null;
  for (let i = at; i < length; i++) {
    if (Number.isFinite(ys[i] ?? Number.NaN)) {
      best = { index: i, x: xs[i] ?? 0, y: ys[i] ?? 0 };
      break;
    }
  }
  for (let i = at - 1; i >= 0; i--) {
    if (!Number.isFinite(ys[i] ?? Number.NaN)) continue;
    const candidate = { index: i, x: xs[i] ?? 0, y: ys[i] ?? 0 };
    return best === null || x - candidate.x <= best.x - x ? candidate : best;
  }
  return best;
}
