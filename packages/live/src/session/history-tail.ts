import { readFileSync, truncateSync } from "node:fs";
import { isErrno } from "@waymark/files";
import { RunningStatistics } from "./statistics.ts";

/** One history file as found on disk, with the places of its rows. */
export interface HistoryScan {
  readonly path: string;
  readonly hasTimestamp: boolean;
  readonly rows: readonly HistoryRow[];
  /** Bytes of whole lines; what lies behind is a torn line. */
  readonly wholeBytes: number;
  readonly totalBytes: number;
}

export interface HistoryRow {
  readonly step: number;
  /** The value's cell, quoted or not, as it stands in the file. */
  readonly cell: string;
  readonly start: number;
}

const TAB = "\t";

/**
 * Reads a history file for resuming. A file whose header was never completed has no rows and no whole bytes.
 *
 * @returns `undefined` when there is no such file.
 */
export function scanHistory(path: string): HistoryScan | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "EISDIR")) return undefined;
    throw error;
  }
  const lines = splitLines(bytes);
  const header = lines[0];
  if (header === undefined) {
    return { path, hasTimestamp: false, rows: [], wholeBytes: 0, totalBytes: bytes.length };
  }
  const columns = header.text.split(TAB);
  const hasTimestamp = columns[0] === "timestamp";
  const stepColumn = hasTimestamp ? 1 : 0;
  const rows: HistoryRow[] = [];
  for (const line of lines.slice(1)) {
    const cells = line.text.split(TAB);
    rows.push({
      step: Number(cells[stepColumn] ?? Number.NaN),
      cell: cells.slice(stepColumn + 1).join(TAB),
      start: line.start,
    });
  }
  const last = lines.at(-1);
  return { path, hasTimestamp, rows, wholeBytes: last?.end ?? 0, totalBytes: bytes.length };
}

/** Cuts a history after `sizeBytes`, if it is longer. */
export function cutHistory(scan: HistoryScan, sizeBytes: number): HistoryScan {
  if (sizeBytes < scan.totalBytes) truncateSync(scan.path, sizeBytes);
  const rows = scan.rows.filter((row) => row.start < sizeBytes);
  return { ...scan, rows, wholeBytes: sizeBytes, totalBytes: sizeBytes };
}

/** Where a history ends when the rows at its end that `isUnwanted` names are left out, in bytes. */
export function sizeWithout(scan: HistoryScan, isUnwanted: (row: HistoryRow) => boolean): number {
  let size = scan.wholeBytes;
  for (let index = scan.rows.length - 1; index >= 0; index -= 1) {
    const row = scan.rows[index];
    if (row === undefined || !isUnwanted(row)) break;
    size = row.start;
  }
  return size;
}

/** Removes the rows at the end of a history that a loop is about to repeat: after `completed`, from `fromStep` on. */
export function healHistory(path: string, completed: number, fromStep: number): void {
  const scan = scanHistory(path);
  if (scan === undefined) return;
  const isRepeated = (row: HistoryRow): boolean => row.step > completed && row.step >= fromStep;
  cutHistory(scan, sizeWithout(scan, isRepeated));
}

/** Tells whether a history holds floats. */
export function isFloatHistory(scan: HistoryScan): boolean {
  // A float stays one, so the last number tells.
  for (let index = scan.rows.length - 1; index >= 0; index -= 1) {
    const cell = scan.rows[index]?.cell ?? "";
    if (/^-?\d+$/.test(cell)) return false;
    if (/^(?:-?\d|nan$|-?inf$)/.test(cell)) return true;
  }
  return false;
}

/** Collects the figures of the rows that start in the first `sizeBytes` of a history. */
export function statisticsOf(scan: HistoryScan | undefined, sizeBytes: number): RunningStatistics {
  const statistics = new RunningStatistics();
  const rows = scan?.rows.filter((row) => row.start < sizeBytes) ?? [];
  for (const { cell, step } of rows) statistics.add(cell === "" ? Number.NaN : Number(cell), step);
  return statistics;
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Splits whole lines; a line end inside quotes belongs to the value. */
function splitLines(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  const mayHaveQuotes = bytes.includes(0x22);
  let start = 0;
  for (;;) {
    let end = bytes.indexOf(0x0a, start);
    while (mayHaveQuotes && end !== -1 && quotesIn(bytes, start, end) % 2 === 1) end = bytes.indexOf(0x0a, end + 1);
    if (end === -1) return lines;
    const textEnd = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
    lines.push({ text: bytes.toString("utf8", start, textEnd), start, end: end + 1 });
    start = end + 1;
  }
}

function quotesIn(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let index = start; index < end; index += 1) if (bytes[index] === 0x22) count += 1;
  return count;
}
