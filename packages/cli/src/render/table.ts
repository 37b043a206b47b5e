import { displayWidth, toPrintable } from "./display-text.ts";

/** One column of a table. */
export interface TableColumn {
  readonly header: string;
  /** Numbers go to the right. Default `left`. */
  readonly align?: "left" | "right";
}

/** How {@link formatTable} draws. */
export interface TableOptions {
  /** Styles a padded cell; `row` is -1 for the header. It must not change the cell's width. */
  readonly style?: (text: string, row: number, column: number) => string;
}

/** What stands in a cell that has no value. */
export const MISSING = "-";

/**
 * Formats rows as aligned columns with two spaces between them, a header first, no trailing spaces and one newline at
 * the end. Text that repositories hold is made printable. A missing cell is `-`.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (string | undefined)[])[],
  options: TableOptions = {},
): string {
  const { style = (text) => text } = options;
  const header = columns.map((column) => toPrintable(column.header));
  const body = rows.map((row) => columns.map((_, index) => toPrintable(row[index] ?? MISSING)));
  const widths = columns.map((_, index) =>
    [header, ...body].reduce((width, row) => Math.max(width, displayWidth(row[index] as string)), 0),
  );
  const line = (row: readonly string[], rowIndex: number): string => {
    const last = row.length - 1;
    return row
      .map((cell, index) => {
        const space = " ".repeat((widths[index] as number) - displayWidth(cell));
        if (columns[index]?.align === "right") return style(space + cell, rowIndex, index);
        return style(cell, rowIndex, index) + (index === last ? "" : space);
      })
      .join("  ")
      .trimEnd();
  };
  return `${[line(header, -1), ...body.map(line)].join("\n")}\n`;
}
