/** One point of a line. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points drawn of one line at most: about two for each unit of a chart's width. */
const MAX_POINTS = 800;

/** Keeps the first, least, greatest and last point of each stretch, so that no spike is lost; gaps stay gaps. */
export function thinOut(points: readonly Point[]): readonly Point[] {
  if (points.length <= MAX_POINTS) return points;
  const stretch = Math.ceil(points.length / (MAX_POINTS / 4));
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += stretch) {
    kept.push(...outlineOf(points.slice(start, start + stretch)));
  }
  return kept;
}

function outlineOf(points: readonly Point[]): readonly Point[] {
  const finite = points.filter((point) => Number.isFinite(point.y));
  const [first] = points;
  if (first === undefined) return [];
  // A stretch without a finite value is a gap.
  if (finite.length === 0) return [first];
  const least = finite.reduce((best, point) => (point.y < best.y ? point : best));
  const most = finite.reduce((best, point) => (point.y > best.y ? point : best));
  const places = new Set([first, least, most, points.at(-1) ?? first]);
  return points.filter((point) => places.has(point));
}
