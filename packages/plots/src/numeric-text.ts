import type { PlotRow } from "./plot-rows.ts";

/** A number as programs write them; `007` is a name. */
const NUMBER = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/iu;
/** What programs write where there is no number. */
const NO_NUMBER = /^(?:[+-]?(?:nan|inf|infinity)|none|null|)$/iu;

/**
 * Turns columns of text that hold nothing but numbers into numbers: cells of CSV and TSV are text, and text has no place
 * on an axis. Cells without a number become null, which leaves a gap.
 *
 * @param fields - The columns to look at.
 */
export function parseNumericColumns(rows: readonly PlotRow[], fields: readonly string[]): readonly PlotRow[] {
  const numeric = fields.filter((field) => isNumericColumn(rows, field));
  if (numeric.length === 0) return rows;
  return rows.map((row) => {
    const parsed: Record<string, unknown> = Object.assign(Object.create(null) as Record<string, unknown>, row);
    for (const field of numeric) {
      const cell = row[field];
      if (typeof cell === "string") parsed[field] = NUMBER.test(cell.trim()) ? Number(cell) : null;
    }
    return parsed;
  });
}

function isNumericColumn(rows: readonly PlotRow[], field: string): boolean {
  let hasNumber = false;
  for (const row of rows) {
    const cell = row[field];
    if (typeof cell !== "string") continue;
    const text = cell.trim();
    if (NUMBER.test(text)) hasNumber = true;
    else if (!NO_NUMBER.test(text)) return false;
  }
  return hasNumber;
}
