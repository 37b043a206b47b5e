import type { HistoryLayout } from "./layout.ts";
import { parseCell } from "./parse-cell.ts";

/** Receives the rows of a history in file order. */
export interface RowSink {
  /** @param timestampMs - Epoch milliseconds, or `NaN` where the row has none. */
  row(step: number, value: number, timestampMs: number): void;
  /** A logged string: it has a step but no place on a line. */
  text(step: number, text: string): void;
  /** A row that cannot be read. */
  malformed(): void;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
/** Logged strings are cut here: only the last one is shown. */
const MAX_TEXT_BYTES = 512;

/**
 * Reads the complete rows in `bytes[start..end)`, whose first byte begins a row.
 *
 * @param firstRow - How many rows came before, for layouts without steps.
 * @returns The offset after the last complete row: what follows is the partial row a writer has not finished.
 */
export function scanRows(
  bytes: Buffer,
  start: number,
  end: number,
  layout: HistoryLayout,
  firstRow: number,
  sink: RowSink,
): number {
  const { separator, step: stepCell, timestamp: timestampCell, value: valueCell } = layout;
  let rowNumber = firstRow;
  let position = start;
  while (position < end) {
    let lineEnd = bytes.indexOf(LINE_FEED, position);
    if (lineEnd < 0 || lineEnd >= end) break;
    let step: number | undefined = stepCell < 0 ? rowNumber : undefined;
    let timestamp = Number.NaN;
    let value: number | undefined;
    let text: string | undefined;
    let hasValue = false;
    let cellStart = position;
    for (let cell = 0; cellStart <= lineEnd; cell++) {
      if (cell === valueCell && bytes[cellStart] === QUOTE) {
        // A quoted cell may hold separators and line feeds, so the row may end later than its first line.
        const close = closingQuote(bytes, cellStart + 1, end);
        if (close < 0) return position;
        text = unquote(bytes, cellStart, close);
        hasValue = true;
        const next = bytes.indexOf(LINE_FEED, close);
        if (next < 0 || next >= end) return position;
        if (next !== lineEnd) lineEnd = next;
        cellStart = close + 2;
        continue;
      }
      let cellEnd = cellStart;
      while (cellEnd < lineEnd && bytes[cellEnd] !== separator) cellEnd++;
      const trimmed = cellEnd === lineEnd && bytes[cellEnd - 1] === CARRIAGE_RETURN ? cellEnd - 1 : cellEnd;
      if (cell === stepCell) {
        step = parseCell(bytes, cellStart, trimmed);
      } else if (cell === timestampCell) {
        timestamp = parseCell(bytes, cellStart, trimmed) ?? Number.NaN;
      } else if (cell === valueCell && trimmed > cellStart) {
        hasValue = true;
        value = parseCell(bytes, cellStart, trimmed);
        if (value === undefined) {
          text = bytes.toString("utf8", cellStart, Math.min(trimmed, cellStart + MAX_TEXT_BYTES));
        }
      }
      cellStart = cellEnd + 1;
    }
    if (!hasValue || step === undefined || !Number.isFinite(step)) {
      // An empty line is nothing; anything else was meant to be a row.
      if (lineEnd > position && bytes[position] !== CARRIAGE_RETURN) sink.malformed();
    } else if (value !== undefined) {
      sink.row(step, value, timestamp);
    } else {
      sink.text(step, text ?? "");
    }
    rowNumber++;
    position = lineEnd + 1;
  }
  return position;
}

/** Offset of the quote that closes a cell (a doubled quote is a quote in the text), or -1 when it is not there yet. */
function closingQuote(bytes: Buffer, from: number, end: number): number {
  let at = bytes.indexOf(QUOTE, from);
  while (at >= 0 && at < end && bytes[at + 1] === QUOTE && at + 1 < end) at = bytes.indexOf(QUOTE, at + 2);
  return at < end ? at : -1;
}

function unquote(bytes: Buffer, open: number, close: number): string {
  return bytes.toString("utf8", open + 1, Math.min(close, open + 1 + MAX_TEXT_BYTES)).replaceAll('""', '"');
}
