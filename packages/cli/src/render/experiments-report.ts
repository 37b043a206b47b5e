import { FloatValue, IntValue } from "@waymark/core/formats/python-number";
import type { ExperimentsView } from "@waymark/experiments";
import { type Cell, collectColumns, type ValueColumn } from "./experiment-columns.ts";
import { firstLine } from "./experiment-list.ts";
import { buildRows, type ExperimentRow } from "./experiment-rows.ts";
import { formatValue } from "./format-value.ts";
import { joinParams } from "./joined-params.ts";
import { MISSING } from "./table.ts";

/** What {@link prepareReport} selects. */
export interface ReportOptions {
  /** Patterns of columns to leave out, matched from the start of the name. */
  readonly drop: readonly string[];
  /** Patterns of columns that stay whatever else says. */
  readonly keep: readonly string[];
  readonly onlyChanged: boolean;
  readonly hideFailed: boolean;
  /** Older checkpoints shown under each experiment. */
  readonly checkpoints: number;
  readonly isShaOnly: boolean;
  /** Show a param of several files once, under its plain name, where they never disagree. */
  readonly joinsParams: boolean;
  /** Significant digits of floats; `undefined` shows all. */
  readonly precision: number | undefined;
}

/** Columns that do not come from files of the project. */
export type FixedColumn = (typeof FIXED)[number];

/** A listing ready to be printed in any form. */
export interface Report {
  /** Whether a column has anything to show, and was not left out. */
  readonly fixed: ReadonlySet<FixedColumn>;
  readonly columns: readonly ValueColumn[];
  /** Also those that only point elsewhere: `more` and `origin`. */
  readonly rows: readonly ExperimentRow[];
  readonly precision: number | undefined;
}

const FIXED = ["Experiment", "rev", "typ", "Created", "parent", "State", "Executor", "Tags", "Note"] as const;
/** Columns that are left out when no row has anything in them. */
const OPTIONAL: readonly string[] = ["State", "Executor", "Tags", "Note"];
/** Columns that tell rows apart. */
const TELLING: readonly string[] = ["Experiment", "rev", "typ"];
const UNREADABLE = "!";

/** Selects columns and rows of a view. */
export function prepareReport(view: ExperimentsView, options: ReportOptions): Report {
  const shown = options.hideFailed ? withoutFailed(view) : view;
  const separate = collectColumns(shown, FIXED);
  const joined = options.joinsParams ? joinParams(shown, separate, FIXED) : new Map<ValueColumn, ValueColumn>();
  const { isKept, isDropped } = columnFilter(options);
  const kept = new Set<ValueColumn>();
  const shownColumns = new Set<ValueColumn>();
  for (const column of separate) {
    const target = joined.get(column) ?? column;
    const names = [column.header, target.header];
    if (names.some(isKept)) kept.add(target);
    if (names.some(isKept) || !names.some(isDropped)) shownColumns.add(target);
  }
  const all = [...shownColumns];
  const rows = buildRows(shown, all, options);
  const values = rows.filter(hasValues);
  const isSame = (texts: readonly string[]): boolean => options.onlyChanged && new Set(texts).size <= 1;
  const indices = all.flatMap((column, index) =>
    kept.has(column) || !isSame(values.map((row) => cellText(row.cells[index], options.precision) ?? MISSING))
      ? [index]
      : [],
  );
  const fixed = FIXED.filter((name) => {
    const texts = values.map((row) => fixedText(row, name));
    if (name === "Experiment") return true;
    if (OPTIONAL.includes(name) && texts.every((text) => text === "")) return false;
    return isKept(name) || (!isDropped(name) && (TELLING.includes(name) || !isSame(texts)));
  });
  return {
    fixed: new Set(fixed),
    columns: indices.map((index) => all[index] as ValueColumn),
    rows: rows.map((row) => ({ ...row, cells: indices.map((index) => row.cells[index]) })),
    precision: options.precision,
  };
}

/** Tells whether a row stands for a commit or the workspace, and does not only point elsewhere. */
export function hasValues({ kind }: ExperimentRow): boolean {
  return kind !== "more" && kind !== "origin";
}

/** Formats a cell; `undefined` when there is nothing in it. */
export function cellText(cell: Cell, precision: number | undefined): string | undefined {
  if (cell === "failed") return UNREADABLE;
  return cell === undefined ? undefined : formatValue(cell.value, precision);
}

/** Formats what a row has in a column that does not come from files; empty for nothing. */
export function fixedText(row: ExperimentRow, name: FixedColumn): string {
  switch (name) {
    case "Created":
      return row.timestamp ?? "";
    case "State":
      return row.state ?? "";
    case "Tags":
      return row.tags.join(", ");
    case "Note":
      return row.note === undefined ? "" : firstLine(row.note);
    case "Experiment":
    case "rev":
    case "typ":
    case "parent":
      return "";
    case "Executor":
      return row.executor ?? "";
  }
}

/** Tells whether a column holds numbers only. */
export function isNumeric(rows: readonly ExperimentRow[], index: number): boolean {
  return rows.every(({ cells: { [index]: cell } }) => {
    if (cell === undefined || cell === "failed") return true;
    const { value } = cell;
    if (value instanceof FloatValue || value instanceof IntValue) return true;
    return typeof value === "number" || typeof value === "bigint" || value === null;
  });
}

function withoutFailed(view: ExperimentsView): ExperimentsView {
  const baselines = view.baselines.map((baseline) => ({
    ...{ rev: baseline.rev, name: baseline.name, data: baseline.data, dataJson: baseline.dataJson },
    ...{ error: baseline.error, active: baseline.active },
    experiments: baseline.experiments.filter(({ status }) => status !== "failed"),
  }));
  return { ...view, baselines };
}

function columnFilter({ keep, drop }: ReportOptions): Record<"isKept" | "isDropped", (name: string) => boolean> {
  const matcher = (patterns: readonly string[]): ((name: string) => boolean) => {
    const pattern = patterns.length === 0 ? undefined : new RegExp(`^(?:${patterns.join("|")})`, "u");
    return (name) => pattern?.test(name) ?? false;
  };
  return { isKept: matcher(keep), isDropped: matcher(drop) };
}
