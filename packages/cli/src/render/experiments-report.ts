import { type ExperimentsView, type ExperimentState, UnknownColumnError } from "@waymark/experiments";
import { FloatValue, IntValue } from "@waymark/core";
import { formatCsv } from "./csv.ts";
import { type Cell, collectColumns, readCell, type ValueColumn } from "./experiment-columns.ts";
import { buildRows, type ExperimentRow } from "./experiment-rows.ts";
import { formatValue } from "./format-value.ts";
import { joinParams } from "./joined-params.ts";
import { formatMarkdownTable } from "./markdown.ts";
import { formatTable, MISSING, type TableColumn } from "./table.ts";

/** What {@link prepareReport} selects and sorts by. */
export interface ReportOptions {
  /** Patterns of columns to leave out, matched from the start of the name. */
  readonly drop: readonly string[];
  /** Patterns of columns that stay whatever else says. */
  readonly keep: readonly string[];
  readonly onlyChanged: boolean;
  /** `[FILE:]NAME` of a metric or param. */
  readonly sortBy: string | undefined;
  readonly sortOrder: "asc" | "desc";
  readonly hideFailed: boolean;
  /** Older checkpoints shown under each experiment. */
  readonly checkpoints: number;
  readonly isShaOnly: boolean;
  /** Show a param of several files once, under its plain name, where they never disagree. */
  readonly joinsParams: boolean;
  /** Significant digits of floats; `undefined` shows all. */
  readonly precision: number | undefined;
}

/** A listing ready to be printed in any form. */
export interface Report {
  readonly columns: readonly ValueColumn[];
  readonly rows: readonly ExperimentRow[];
  readonly precision: number | undefined;
}

const FIXED = ["Experiment", "rev", "typ", "Created", "parent", "State", "Executor"];
const UNREADABLE = "!";

/**
 * Selects columns and rows of a view.
 *
 * @throws `UnknownColumnError` when there is no column to sort by, or several.
 */
export function prepareReport(view: ExperimentsView, options: ReportOptions): Report {
  const shown = options.hideFailed ? withoutFailed(view) : view;
  const separate = collectColumns(shown, FIXED);
  const joined = joinParams(shown, separate, FIXED);
  const sorted =
    options.sortBy === undefined ? shown : sortExperiments(shown, findColumn(joined, options.sortBy), options);
  const keep = toPattern(options.keep);
  const drop = toPattern(options.drop);
  const matches = (pattern: RegExp | undefined, column: ValueColumn): boolean =>
    pattern !== undefined && [column, joined.get(column)].some((one) => one !== undefined && pattern.test(one.header));
  const kept = new Set<ValueColumn>();
  const shownColumns = new Set<ValueColumn>();
  for (const column of separate) {
    const target = (options.joinsParams ? joined.get(column) : undefined) ?? column;
    if (matches(keep, column)) kept.add(target);
    if (matches(keep, column) || !matches(drop, column)) shownColumns.add(target);
  }
  const all = [...shownColumns];
  const rows = buildRows(sorted, all, options);
  const isShown = (column: ValueColumn, index: number): boolean =>
    kept.has(column) || !options.onlyChanged || new Set(listCells(rows, index, options.precision)).size > 1;
  const indices = all.flatMap((column, index) => (isShown(column, index) ? [index] : []));
  return {
    columns: indices.map((index) => all[index] as ValueColumn),
    rows: rows.map((row) => ({ ...row, cells: indices.map((index) => row.cells[index]) })),
    precision: options.precision,
  };
}

/** Formats a report as an aligned table, with the tree drawn. */
export function formatReportTable(
  report: Report,
  style: (text: string, row: ExperimentRow | undefined) => string,
): string {
  const hasState = report.rows.some((row) => row.state !== undefined);
  const columns: TableColumn[] = [
    { header: "Experiment" },
    { header: "Commit" },
    { header: "Created" },
    ...(hasState ? [{ header: "State" }] : []),
    ...report.columns.map((column, index): TableColumn => {
      return { header: column.header, align: isNumeric(report.rows, index) ? "right" : "left" };
    }),
  ];
  const rows = report.rows.map((row) => {
    // Lines that only point elsewhere have no values that could be missing.
    if (row.kind === "more" || row.kind === "origin") return [row.label, ...columns.slice(1).map(() => "")];
    return [
      ...[row.label, row.commit, row.timestamp?.replace("T", " ").slice(0, 16)],
      ...(hasState ? [row.state] : []),
      ...report.columns.map((_, index) => formatCell(row.cells[index], report.precision)),
    ];
  });
  return formatTable(columns, rows, { style: (text, row) => style(text, row === -1 ? undefined : report.rows[row]) });
}

/** Formats a report as CSV with DVC's columns. */
export function formatReportCsv(report: Report): string {
  const rows = report.rows.filter(({ kind }) => kind !== "more" && kind !== "origin");
  const hasState = rows.some((row) => row.state !== undefined);
  const header = ["Experiment", "rev", "typ", "Created", "parent", ...(hasState ? ["State"] : [])];
  return formatCsv([
    [...header, ...report.columns.map((column) => column.header)],
    ...rows.map((row, index) => [
      ...[row.experimentName ?? "", revOf(row), typeOf(row, rows[index + 1]), row.timestamp ?? "", ""],
      ...(hasState ? [capitalize(row.state ?? "")] : []),
      ...report.columns.map((_, at) => formatCell(row.cells[at], report.precision) ?? ""),
    ]),
  ]);
}

/** Formats a report as a Markdown table the way DVC does. */
export function formatReportMarkdown(report: Report, now: Date): string {
  const rows = report.rows.filter(({ kind }) => kind !== "more" && kind !== "origin");
  const hasState = rows.some((row) => row.state !== undefined);
  const header = ["Experiment", "Created", ...(hasState ? ["State"] : [])];
  return formatMarkdownTable(
    [...header, ...report.columns.map((column) => column.header)],
    rows.map((row, index) => [
      ...[markdownLabel(row, rows[index + 1]), formatCreated(row.timestamp, now)],
      ...(hasState ? [capitalize(row.state ?? MISSING)] : []),
      ...report.columns.map((_, at) => formatCell(row.cells[at], report.precision) ?? MISSING),
    ]),
  );
}

function formatCell(cell: Cell, precision: number | undefined): string | undefined {
  if (cell === "failed") return UNREADABLE;
  return cell === undefined ? undefined : formatValue(cell.value, precision);
}

function listCells(rows: readonly ExperimentRow[], index: number, precision: number | undefined): string[] {
  return rows
    .filter(({ kind }) => kind !== "more" && kind !== "origin")
    .map((row) => formatCell(row.cells[index], precision) ?? MISSING);
}

function isNumeric(rows: readonly ExperimentRow[], index: number): boolean {
  return rows.every(({ cells: { [index]: cell } }) => {
    if (cell === undefined || cell === "failed") return true;
    const { value } = cell;
    return typeof value === "number" || typeof value === "bigint" || value === null || isWrapped(value);
  });
}

function isWrapped(value: unknown): value is FloatValue | IntValue {
  return value instanceof FloatValue || value instanceof IntValue;
}

function withoutFailed(view: ExperimentsView): ExperimentsView {
  const baselines = view.baselines.map((baseline) => ({
    ...{ rev: baseline.rev, name: baseline.name, data: baseline.data, dataJson: baseline.dataJson },
    ...{ error: baseline.error, experiments: baseline.experiments.filter(({ status }) => status !== "failed") },
  }));
  return { workspace: view.workspace, baselines };
}

/** @param joined - Every column, with the one that stands for it where files agree. */
function findColumn(joined: ReadonlyMap<ValueColumn, ValueColumn>, name: string): ValueColumn {
  const inFiles = [...joined.keys()].filter(({ kind }) => kind !== "deps");
  const exact = inFiles.filter((column) => `${column.path}:${column.name}` === name);
  const found =
    exact.length > 0 ? exact : inFiles.filter((column) => column.name === name || `:${column.name}` === name);
  const [only, ...more] = new Set(exact.length > 0 ? exact : found.map((column) => joined.get(column) ?? column));
  if (only === undefined || more.length > 0) {
    const near = found.length > 0 ? found : inFiles.filter((column) => column.name.endsWith(name)).slice(0, 3);
    throw new UnknownColumnError(
      name,
      near.map((column) => `${column.path}:${column.name}`),
    );
  }
  return only;
}

/** Sorts the experiments of each baseline by their newest commit; a missing value goes last, and first backwards. */
function sortExperiments(view: ExperimentsView, column: ValueColumn, options: ReportOptions): ExperimentsView {
  const valueOf = (experiment: ExperimentState): unknown => {
    const cell = readCell(experiment.checkpoints[0]?.data ?? null, column);
    if (cell === undefined || cell === "failed") return undefined;
    return isWrapped(cell.value) ? cell.value.valueOf() : cell.value;
  };
  const direction = options.sortOrder === "desc" ? -1 : 1;
  const baselines = view.baselines.map((baseline) => ({
    ...{
      rev: baseline.rev,
      name: baseline.name,
      data: baseline.data,
      dataJson: baseline.dataJson,
      error: baseline.error,
    },
    experiments: baseline.experiments
      .map((experiment) => ({ experiment, value: valueOf(experiment) }))
      .sort((a, b) => direction * compareValues(a.value, b.value))
      .map(({ experiment }) => experiment),
  }));
  return { workspace: view.workspace, baselines };
}

function compareValues(a: unknown, b: unknown): number {
  const rank = (value: unknown): number => {
    if (value === undefined || value === null) return 2;
    return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean" ? 0 : 1;
  };
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (rank(a) === 2) return 0;
  if (rank(a) === 0) return Number(a) - Number(b);
  const [left, right] = [formatValue(a, undefined) ?? "", formatValue(b, undefined) ?? ""];
  return left < right ? -1 : left > right ? 1 : 0;
}

function toPattern(patterns: readonly string[]): RegExp | undefined {
  return patterns.length === 0 ? undefined : new RegExp(`^(?:${patterns.join("|")})`, "u");
}

function revOf(row: ExperimentRow): string {
  return row.kind === "workspace" || row.kind === "baseline" ? row.label : (row.commit ?? "");
}

/** DVC 3 tells the last row of a baseline from the others; older ones had a name for checkpoints. */
function typeOf(row: ExperimentRow, next: ExperimentRow | undefined): string {
  if (row.kind === "workspace" || row.kind === "baseline") return "baseline";
  if (row.kind === "checkpoint") return "checkpoint_commit";
  return isLastOfBaseline(row, next) ? "branch_base" : "branch_commit";
}

function isLastOfBaseline(row: ExperimentRow, next: ExperimentRow | undefined): boolean {
  return row.label.startsWith("└") || (row.kind === "experiment" && (next === undefined || next.kind === "baseline"));
}

function markdownLabel(row: ExperimentRow, next: ExperimentRow | undefined): string {
  if (row.kind === "workspace" || row.kind === "baseline") return row.label;
  if (row.kind === "checkpoint") return row.label;
  return `${isLastOfBaseline(row, next) ? "└──" : "├──"} ${row.commit ?? ""} [${row.experimentName ?? ""}]`;
}

/** The time of day for today, the date otherwise. */
function formatCreated(timestamp: string | null, now: Date): string {
  if (timestamp === null) return MISSING;
  const date = new Date(timestamp);
  if (date.toDateString() !== now.toDateString()) {
    return date.toLocaleDateString("en-US", { month: "short", day: "2-digit", year: "numeric" });
  }
  const hours = date.getHours() % 12 === 0 ? 12 : date.getHours() % 12;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(hours)}:${two(date.getMinutes())} ${date.getHours() < 12 ? "AM" : "PM"}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
