import { displayWidth, toPrintable } from "./display-text.ts";

/**
 * Formats a table the way DVC prints params and metrics: two spaces between columns, each as wide as its widest cell and
 * at least two wider than its header, no trailing spaces, one newline at the end.
 */
export function formatPlainTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [headers, ...rows].map((row) => row.map(toPrintable));
  const widths = headers.map((_, index) =>
    table.reduce((width, row, at) => Math.max(width, displayWidth(row[index] ?? "") + (at === 0 ? 2 : 0)), 0),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - displayWidth(cell)))
      .join("  ")
      .trimEnd();
  return `${table.map(line).join("\n")}\n`;
}
