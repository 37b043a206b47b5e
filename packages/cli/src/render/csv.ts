import { stringify } from "csv-stringify/sync";

/** Formats rows as CSV the way Python's `csv` module does: commas, quotes only around cells that need them, CRLF. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  // A lone CR or LF needs quotes as well as the line end itself, which is all the library looks for.
  return stringify([...rows], { record_delimiter: "\r\n", quoted_match: /[\r\n]/u });
}
