import { FloatValue } from "@waymark/core";
import { formatPythonStr } from "@waymark/core/formats/python-repr";
import type { ValueChanges } from "@waymark/pipeline";
import { formatSignificant } from "./format-value.ts";
import { formatMarkdownTable } from "./markdown.ts";
import { formatPlainTable } from "./plain-table.ts";
import { formatRounded } from "./round-digits.ts";
import { MISSING } from "./table.ts";

/** How {@link formatChangesTable} writes. */
export interface ChangesTableOptions {
  /** Header of the column of keys: `Param` or `Metric`. */
  readonly title: string;
  /** Headers of the values, as typed. */
  readonly from: string;
  readonly to: string;
  readonly isMarkdown: boolean;
  readonly hasPath: boolean;
  /** Adds the column of differences. */
  readonly hasChange: boolean;
  /** What stands there for values that are no numbers. Default `-`. */
  readonly noChange?: string;
  /** Decimals that floats are rounded to; `undefined`: all. */
  readonly decimals?: number;
  /** Significant digits that floats are rounded to instead, as `exp diff` does. */
  readonly digits?: number;
}

/** Formats what differs between two revisions as DVC does; when nothing does, nothing at all, or a Markdown table's head. */
export function formatChangesTable(changes: ValueChanges, options: ChangesTableOptions): string {
  const { decimals, digits } = options;
  const cell = (value: unknown): string => {
    if (value === null || value === undefined) return MISSING;
    if (digits !== undefined) {
      if (value instanceof FloatValue) return formatSignificant(value.value, digits);
      if (typeof value === "number" && !Number.isInteger(value)) return formatSignificant(value, digits);
      return formatPythonStr(value);
    }
    return decimals === undefined ? formatPythonStr(value) : formatRounded(value, decimals);
  };
  const rows = [...changes].flatMap(([path, inFile]) =>
    [...inFile].map(([key, change]) => [
      ...(options.hasPath ? [path] : []),
      key,
      cell(change.old),
      cell(change.new),
      ...(options.hasChange ? [change.diff === undefined ? (options.noChange ?? MISSING) : cell(change.diff)] : []),
    ]),
  );
  // A Markdown table of DVC's has its head whatever there is below it.
  if (rows.length === 0 && !options.isMarkdown) return "";
  const headers = [
    ...(options.hasPath ? ["Path"] : []),
    options.title,
    options.from,
    options.to,
    ...(options.hasChange ? ["Change"] : []),
  ];
  return options.isMarkdown ? formatMarkdownTable(headers, rows) : formatPlainTable(headers, rows);
}
