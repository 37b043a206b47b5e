import { TrackerError } from "../errors.ts";
import { FloatValue, IntValue, formatPythonFloat, formatPythonNumber } from "./python-number.ts";

/** A history whose rows do not fit its header. Lines and columns count from 1. */
export class MalformedHistoryError extends TrackerError {
  override readonly code = "MALFORMED_HISTORY";
  readonly line: number;
  readonly column: number;

  constructor(reason: string, line: number, column: number, path: string | undefined) {
    super(`${path ?? "history"}:${line}:${column}: ${reason}`);
    this.line = line;
    this.column = column;
  }
}

/** What a cell may hold. */
export type HistoryCell = number | bigint | boolean | string | FloatValue | IntValue;

/** Column names in file order: `timestamp` (epoch milliseconds) only when asked for, then `step`, then the metric. */
export interface HistoryColumns {
  readonly timestamp: boolean;
  /** Last part of the metric's name. */
  readonly column: string;
}

/** One row as read. */
export interface HistoryPoint {
  readonly step: number;
  readonly timestampMs: number | undefined;
  /** A number (`NaN` and infinities for `nan`, `inf`, `-inf`), or the text that was logged. */
  readonly value: number | string;
}

/** A history as read. */
export interface MetricHistory {
  readonly column: string;
  readonly points: readonly HistoryPoint[];
  /** The file ends inside a row, which was left out: its writer was killed or is still writing. */
  readonly isTorn: boolean;
}

/** Formats the header row, newline included. */
export function formatHistoryHeader({ timestamp, column }: HistoryColumns): string {
  return `${timestamp ? "timestamp\t" : ""}step\t${quoteCell(column)}\n`;
}

/** Formats one cell: numbers as Python prints them, `True` and `False`, text quoted only where it must be. */
export function formatHistoryCell(value: HistoryCell): string {
  switch (typeof value) {
    case "string":
      return quoteCell(value);
    case "boolean":
      return value ? "True" : "False";
    default:
      return formatPythonNumber(value);
  }
}

/** Formats one row, newline included. */
export function formatHistoryRow(step: number, value: HistoryCell, timestampMs?: number): string {
  const time = timestampMs === undefined ? "" : `${Math.trunc(timestampMs)}\t`;
  return `${time}${Number.isInteger(step) ? step : formatPythonFloat(step)}\t${formatHistoryCell(value)}\n`;
}

// Python's csv writer quotes a cell that holds the delimiter, the quote character or a character of the line end.
function quoteCell(text: string): string {
  return /[\t"\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Parses a metric history into points in file order.
 *
 * @param text - TSV (CSV too, by its header) with a header row: `step` and optionally `timestamp`, then one value column.
 *   CRLF line ends and a byte order mark are accepted.
 * @returns One point per complete row; a partial last row is left out and reported.
 * @throws {@link MalformedHistoryError} when a row has another number of cells than the header.
 * @see docs/formats.md, metric histories
 */
export function parseMetricHistory(text: string, options: { readonly path?: string } = {}): MetricHistory {
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const headerEnd = source.indexOf("\n");
  const headerLine = headerEnd < 0 ? source : source.slice(0, headerEnd);
  const delimiter = headerLine.includes("\t") || !headerLine.includes(",") ? "\t" : ",";
  const rows = splitRows(source, delimiter);
  const header = rows.complete.shift();
  if (header === undefined) return { column: "", points: [], isTorn: source !== "" };
  const names = header.cells;
  const stepIndex = names.indexOf("step");
  const timeIndex = names.indexOf("timestamp");
  const valueIndex = names.findIndex((_, index) => index !== stepIndex && index !== timeIndex);
  if (valueIndex < 0) {
    throw new MalformedHistoryError(`the header '${names.join(" ")}' names no value column`, 1, 1, options.path);
  }
  const points = rows.complete.map(({ cells, line }, index): HistoryPoint => {
    if (cells.length !== names.length) {
      const reason = `the row has ${cells.length} cells, the header has ${names.length}`;
      throw new MalformedHistoryError(reason, line, 1, options.path);
    }
    return {
      step: stepIndex < 0 ? index : parseStep(cells[stepIndex] ?? "", line, stepIndex, options.path),
      timestampMs: timeIndex < 0 ? undefined : Number(cells[timeIndex]),
      value: parseHistoryCell(cells[valueIndex] ?? ""),
    };
  });
  return { column: names[valueIndex] ?? "", points, isTorn: rows.isTorn };
}

/** Reads a cell: a number where it is one, else its text. */
export function parseHistoryCell(cell: string): number | string {
  switch (cell) {
    case "":
      return cell;
    case "nan":
      return Number.NaN;
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    default: {
      const value = /^[-+.\d]/.test(cell) ? Number(cell) : Number.NaN;
      return Number.isNaN(value) ? cell : value;
    }
  }
}

function parseStep(cell: string, line: number, index: number, path: string | undefined): number {
  const step = cell === "" ? Number.NaN : Number(cell);
  if (Number.isFinite(step)) return step;
  throw new MalformedHistoryError(`'${cell.slice(0, 40)}' is not a step`, line, index + 1, path);
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

function splitRows(text: string, delimiter: string): { complete: Row[]; isTorn: boolean } {
  const complete: Row[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const row = readRow(text, at, delimiter);
    if (row === undefined) return { complete, isTorn: true };
    if (row.cells.length > 1 || row.cells[0] !== "") complete.push({ cells: row.cells, line });
    line += row.lines;
    at = row.end;
  }
  return { complete, isTorn: false };
}

/** Reads one row that ends with a newline; undefined when the text ends first. */
function readRow(
  text: string,
  start: number,
  delimiter: string,
): { cells: string[]; end: number; lines: number } | undefined {
  const lineEnd = text.indexOf("\n", start);
  if (lineEnd < 0) return undefined;
  const line = text.slice(start, text[lineEnd - 1] === "\r" && lineEnd > start ? lineEnd - 1 : lineEnd);
  if (!line.includes('"')) return { cells: line.split(delimiter), end: lineEnd + 1, lines: 1 };
  const cells: string[] = [];
  let lines = 1;
  let at = start;
  for (;;) {
    let cell = "";
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) return undefined;
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at += 1;
      }
      lines += cell.split("\n").length - 1;
    }
    // Whatever follows a closing quote belongs to the cell, as Python's csv reader has it.
    const stop = nextOf(text, at, delimiter);
    if (stop < 0) return undefined;
    const isEnd = text[stop] === "\n";
    cell += text.slice(at, isEnd && text[stop - 1] === "\r" && stop > at ? stop - 1 : stop);
    cells.push(cell);
    at = stop + 1;
    if (isEnd) return { cells, end: at, lines };
  }
}

function nextOf(text: string, start: number, delimiter: string): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === delimiter || character === "\n") return at;
  }
  return -1;
}
