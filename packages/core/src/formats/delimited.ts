/** A row of a table in a text file: every cell is text, `null` where the row ends before its column. */
export type DelimitedRow = Record<string, string | null>;

/** How {@link parseDelimited} reads. */
export interface ParseDelimitedOptions {
  /** Between cells: a comma, a tab. */
  readonly separator: string;
  /** The first row names the columns; otherwise they are called `0`, `1` and so on. */
  readonly hasHeader: boolean;
}

/**
 * Parses CSV or TSV into rows by column, as Python's `csv.DictReader` does with text that was opened as text: empty
 * lines are no rows, a short row has nulls, of two columns with one name the later stands. Cells beyond the last column
 * have no name and go.
 */
export function parseDelimited(text: string, { separator, hasHeader }: ParseDelimitedOptions): DelimitedRow[] {
  const [first = [], ...rest] = splitDelimited(text, separator);
  const columns = hasHeader ? first : first.map((_, index) => String(index));
  return (hasHeader ? rest : [first, ...rest])
    .filter((cells) => cells.length > 0)
    .map((cells) => {
      const row = Object.create(null) as DelimitedRow;
      columns.forEach((column, index) => {
        row[column] = cells[index] ?? null;
      });
      return row;
    });
}

/**
 * Splits CSV or TSV into cells, as leniently as Python's `csv` module: quotes count at the start of a cell only, two in
 * a quoted cell stand for one, and line breaks of all systems are one. Empty lines are left out.
 */
export function splitDelimited(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  let isLineEmpty = true;
  const endLine = (): void => {
    if (!isLineEmpty) rows.push([...row, cell]);
    row = [];
    cell = "";
    isLineEmpty = true;
  };
  const unified = text.replace(/^\ufeff/u, "").replace(/\r\n?/gu, "\n");
  for (let at = 0; at < unified.length; at += 1) {
    const character = unified[at] ?? "";
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (unified[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
      continue;
    }
    if (character === "\n") {
      endLine();
      continue;
    }
    isLineEmpty = false;
    if (character === '"' && cell === "") isQuoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = "";
    } else cell += character;
  }
  endLine();
  return rows;
}
