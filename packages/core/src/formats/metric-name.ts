import { TrackerError } from "../errors.ts";

/** A metric name that no history can be written under. */
export class InvalidMetricNameError extends TrackerError {
  override readonly code = "INVALID_METRIC_NAME";
  readonly metric: string;

  constructor(metric: string, reason: string, hint: string) {
    super(`Metric name ${JSON.stringify(metric)} ${reason}`, { hint });
    this.metric = metric;
  }
}

/** A metric name taken apart. */
export interface MetricName {
  /** Parts between slashes: the path of its value in the summary. */
  readonly segments: readonly string[];
  /** The same parts as file names: characters that Windows forbids are percent-escaped. */
  readonly fileSegments: readonly string[];
  /** Header of the value column: the last part. */
  readonly column: string;
}

const MAX_SEGMENT_BYTES = 240;
/** Leaves room for the folder in what a system takes for a path. */
const MAX_NAME = 1000;
/** The summary nests as deep, and JSON has its limits. */
const MAX_SEGMENTS = 100;
const PATTERN_HINT = "Use a name such as 'loss' or 'train/loss'.";

/**
 * Checks a metric name and takes it apart.
 *
 * @throws {@link InvalidMetricNameError} for a name that is empty, absolute, leaves the folder (`..`), has an empty
 *   part or a control character, ends in `step` or `timestamp` (columns of the history), or is too long for a file.
 */
export function parseMetricName(name: string): MetricName {
  if (name === "") throw new InvalidMetricNameError(name, "is empty", PATTERN_HINT);
  if (name.startsWith("/")) throw new InvalidMetricNameError(name, "starts with '/'", PATTERN_HINT);
  if (name.length > MAX_NAME) {
    throw new InvalidMetricNameError(name, `is longer than ${MAX_NAME} characters`, PATTERN_HINT);
  }
  const segments = name.split("/");
  if (segments.length > MAX_SEGMENTS) {
    throw new InvalidMetricNameError(name, `has more than ${MAX_SEGMENTS} parts`, PATTERN_HINT);
  }
  for (const segment of segments) checkSegment(name, segment);
  const column = segments.at(-1) ?? "";
  if (column === "step" || column === "timestamp") {
    throw new InvalidMetricNameError(name, `ends in '${column}', a column of every history`, `Use '${name}_value'.`);
  }
  return { segments, fileSegments: segments.map(escapeFileName), column };
}

function checkSegment(name: string, segment: string): void {
  if (segment === "") throw new InvalidMetricNameError(name, "has an empty part", PATTERN_HINT);
  if (segment === "." || segment === "..") {
    throw new InvalidMetricNameError(name, `has the part '${segment}', which leaves its folder`, PATTERN_HINT);
  }
  // A tab or newline is legal (the cell is quoted); NUL is not a file name anywhere.
  if (segment.includes("\0")) throw new InvalidMetricNameError(name, "holds a NUL character", PATTERN_HINT);
  if (utf8Length(segment) > MAX_SEGMENT_BYTES) {
    throw new InvalidMetricNameError(name, `has a part longer than ${MAX_SEGMENT_BYTES} bytes`, PATTERN_HINT);
  }
}

// Windows forbids these, and names that end in a dot or a space. '%' is escaped only where it would read as an escape.
const FORBIDDEN = /[<>:"\\|?*]|%(?=[0-9A-F]{2})|[. ]$/g;

/** Escapes what a file name may not hold on every system: `a:b` becomes `a%3Ab`. */
export function escapeFileName(segment: string): string {
  return segment.replace(
    FORBIDDEN,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** Reads a history's path below `plots/metrics`, without its suffix, back into the metric's name. */
export function fileNameToMetricName(path: string): string {
  return path.replaceAll(/%([0-9A-F]{2})/g, (escape, hex: string) => {
    const character = String.fromCodePoint(Number.parseInt(hex, 16));
    return /[<>:"\\|?*%. ]/.test(character) ? character : escape;
  });
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
