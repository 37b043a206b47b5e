import { cellText, fixedText, type FixedColumn, isNumeric, type Report } from "./experiments-report.ts";
import type { ExperimentRow } from "./experiment-rows.ts";
import { formatTable, type TableColumn } from "./table.ts";

/** Columns between the commit and the values, when there is anything in them. */
const BETWEEN: readonly FixedColumn[] = ["Created", "State", "Executor", "Tags", "Note"];

/**
 * Formats a report as an aligned table, with the tree drawn.
 *
 * @param style - Given the row a cell belongs to; `undefined` for the header.
 */
export function formatReportTable(
  report: Report,
  style: (text: string, row: ExperimentRow | undefined) => string,
): string {
  const between = BETWEEN.filter((name) => report.fixed.has(name));
  const columns: TableColumn[] = [
    { header: "Experiment" },
    { header: "Commit" },
    ...between.map((header) => ({ header })),
    ...report.columns.map((column, index): TableColumn => {
      return { header: column.header, align: isNumeric(report.rows, index) ? "right" : "left" };
    }),
  ];
  const rows = report.rows.map((row) => {
    // Lines that only point elsewhere have no values that could be missing.
    if (row.kind === "more" || row.kind === "origin") return [row.label, ...columns.slice(1).map(() => "")];
    return [
      ...[row.label, row.commit],
      ...between.map((name) => (name === "Created" ? shortTime(row) : orMissing(fixedText(row, name)))),
      ...report.columns.map((_, index) => cellText(row.cells[index], report.precision)),
    ];
  });
  return formatTable(columns, rows, { style: (text, row) => style(text, row === -1 ? undefined : report.rows[row]) });
}

/** To the minute. */
function shortTime({ timestamp }: ExperimentRow): string | undefined {
  return timestamp?.replace("T", " ").slice(0, 16);
}

function orMissing(text: string): string | undefined {
  return text === "" ? undefined : text;
}
