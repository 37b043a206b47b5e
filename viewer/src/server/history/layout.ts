/** Which cell of a history's rows means what. */
export interface HistoryLayout {
  /** Byte between cells: tab, or comma in a `.csv`. */
  readonly separator: number;
  /** Index of the step's cell, or -1 in the oldest layouts: rows are then numbered from 0. */
  readonly step: number;
  /** Index of the epoch milliseconds' cell, or -1. */
  readonly timestamp: number;
  /** Index of the value's cell. */
  readonly value: number;
}

const TAB = 0x09;
const COMMA = 0x2c;

/**
 * Reads the header row of a metric history: `step`, optionally `timestamp`, and one value column whose name is not
 * looked at (its leaf or full name, depending on the writer's age).
 *
 * @param line - The first line, without its line feed; a byte order mark and a carriage return are ignored.
 * @returns `undefined` when no column is left for the value.
 * @see docs/formats.md#metric-history
 */
export function parseHistoryHeader(line: string, extension: ".tsv" | ".csv"): HistoryLayout | undefined {
  const separator = extension === ".csv" ? "," : "\t";
  const cells = line
    .replace(/^\uFEFF/, "")
    .replace(/\r$/, "")
    .split(separator)
    .map((cell) => (cell.length > 1 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1) : cell));
  const step = cells.indexOf("step");
  const timestamp = cells.indexOf("timestamp");
  // A separator inside a quoted name splits the name, so the first cell that is neither must begin the value.
  const value = cells.findIndex((_, index) => index !== step && index !== timestamp);
  if (value < 0) return undefined;
  return { separator: extension === ".csv" ? COMMA : TAB, step, timestamp, value };
}
