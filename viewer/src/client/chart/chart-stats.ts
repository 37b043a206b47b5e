import type { LineSeries } from "../series/line-series.ts";
import type { ChartStats } from "./chart-options.ts";

/** Fewer equal points than this may be a slow start rather than a constant. */
const MIN_CONSTANT_POINTS = 5;

/** What is true of the points a chart holds. */
export function measureStats(
  lines: readonly (LineSeries | undefined)[],
  isClipped: boolean,
): Omit<ChartStats, "isLoaded" | "error"> {
  let shown = 0;
  let total = 0;
  let isExact = true;
  let nonFinite = 0;
  let firstNonFinite: ChartStats["firstNonFinite"] = null;
  let lastX: number | null = null;
  let constant: number | null = null;
  let isConstant = true;
  for (const line of lines) {
    if (line === undefined) continue;
    shown += line.raw.length;
    total += line.total;
    isExact &&= line.isExact;
    nonFinite += line.nonFiniteCount;
    const mark = line.nonFinite[0];
    if (mark !== undefined && (firstNonFinite === null || mark.x < firstNonFinite.x)) firstNonFinite = mark;
    const { x, y, length } = line.raw;
    const last = x[length - 1];
    if (last !== undefined) lastX = Math.max(lastX ?? -Infinity, last);
    if (!isConstant || length === 0) continue;
    constant ??= y[0] ?? null;
    isConstant = length >= MIN_CONSTANT_POINTS && isAll(y, length, constant);
  }
  return {
    shown,
    total: Math.max(total, shown),
    isExact,
    nonFinite,
    firstNonFinite,
    isClipped,
    lastX,
    constant: isConstant && nonFinite === 0 ? constant : null,
  };
}

/** Stops at the first difference, which in a real series is near. */
function isAll(values: Float64Array, length: number, value: number | null): boolean {
  for (let i = 0; i < length; i++) if (values[i] !== value) return false;
  return true;
}
