import type { SeriesQuery, Smoothing, XAxis } from "../../protocol.ts";

const MAX_LINES = 500;
const MAX_NAME = 4096;
const BUCKETS = { least: 2, most: 4096 };
const MAX_WINDOW_WIDTH = 1001;

/** Reads a query as a page sends it. @returns Why it cannot be served, as a sentence, where it cannot. */
export function parseSeriesQuery(value: unknown): SeriesQuery | string {
  if (!isRecord(value)) return "The query is not an object.";
  const lines = parseLines(value["lines"]);
  if (typeof lines === "string") return lines;
  const { x, from, to, buckets, logX } = value;
  if (!isAxis(x)) return "The x axis is none of step, relative and wall.";
  if (!isBound(from) || !isBound(to)) return "A bound of the window is neither a finite number nor null.";
  if (from !== null && to !== null && from > to) return "The window ends before it begins.";
  if (typeof buckets !== "number" || !Number.isInteger(buckets) || buckets < BUCKETS.least || buckets > BUCKETS.most) {
    return `The number of buckets is not between ${BUCKETS.least} and ${BUCKETS.most}.`;
  }
  if (typeof logX !== "boolean") return "logX is neither true nor false.";
  const smoothing = parseSmoothing(value["smoothing"]);
  if (typeof smoothing === "string") return smoothing;
  return { lines, x, from, to, buckets, smoothing, logX };
}

function parseLines(value: unknown): SeriesQuery["lines"] | string {
  if (!Array.isArray(value) || value.length > MAX_LINES) return `The lines are not a list of at most ${MAX_LINES}.`;
  const lines: { run: string; metric: string }[] = [];
  for (const line of value as readonly unknown[]) {
    if (!isRecord(line)) return "A line is not an object.";
    const { run, metric } = line;
    if (!isName(run) || !isName(metric)) return "A line does not name a run and a metric.";
    lines.push({ run, metric });
  }
  return lines;
}

function parseSmoothing(value: unknown): Smoothing | string {
  if (!isRecord(value)) return "The smoothing is not an object.";
  const { kind, weight, width } = value;
  switch (kind) {
    case "none":
      return { kind };
    case "ema":
      return typeof weight === "number" && weight >= 0 && weight < 1
        ? { kind, weight }
        : "The weight is not in [0, 1).";
    case "mean":
    case "gaussian":
    case "median":
      return typeof width === "number" && Number.isInteger(width) && width >= 3 && width <= MAX_WINDOW_WIDTH
        ? { kind, width }
        : `The smoothing width is not between 3 and ${MAX_WINDOW_WIDTH}.`;
    default:
      return "The kind of smoothing is not known.";
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME;
}

function isAxis(value: unknown): value is XAxis {
  return value === "step" || value === "relative" || value === "wall";
}

function isBound(value: unknown): value is number | null {
  return value === null || (typeof value === "number" && Number.isFinite(value));
}
