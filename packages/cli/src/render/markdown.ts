import { displayWidth, toPrintable } from "./display-text.ts";

/**
 * Formats a GitHub-flavoured Markdown table as DVC lays it out: each cell padded to its column, headers with two more
 * spaces, a blank line at the end. Bars in cells are escaped.
 */
export function formatMarkdownTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = [headers, ...rows].map((row) => row.map((cell) => toPrintable(cell).replaceAll("|", "\\|")));
  const widths = headers.map((_, index) =>
    table.reduce((width, row, at) => Math.max(width, displayWidth(row[index] ?? "") + (at === 0 ? 2 : 0)), 0),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, index) => pad(row[index] ?? "", width)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const [head, ...body] = table;
  return `${[line(head ?? []), rule, ...body.map(line)].join("\n")}\n\n`;
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(width - displayWidth(cell));
}
