import { formatCsv } from "./csv.ts";
import { cellText, fixedText, type FixedColumn, hasValues, type Report } from "./experiments-report.ts";
import type { ExperimentRow } from "./experiment-rows.ts";
import { formatMarkdownTable } from "./markdown.ts";
import { MISSING } from "./table.ts";

/** Formats a report as CSV with DVC's columns; tags and notes are ours, and only there where any are. */
export function formatReportCsv(report: Report): string {
  const rows = report.rows.filter(hasValues);
  const header = [...report.fixed];
  return formatCsv([
    [...header, ...report.columns.map((column) => column.header)],
    ...rows.map((row, index) => [
      ...header.map((name) => csvText(row, rows[index + 1], name)),
      ...report.columns.map((_, at) => cellText(row.cells[at], report.precision) ?? ""),
    ]),
  ]);
}

/** Formats a report as a Markdown table the way DVC does. */
export function formatReportMarkdown(report: Report, now: Date): string {
  const rows = report.rows.filter(hasValues);
  const header = [...report.fixed].filter((name) => name !== "rev" && name !== "typ" && name !== "parent");
  return formatMarkdownTable(
    [...header, ...report.columns.map((column) => column.header)],
    rows.map((row, index) => [
      ...header.map((name) => markdownText(row, rows[index + 1], name, now)),
      ...report.columns.map((_, at) => cellText(row.cells[at], report.precision) ?? MISSING),
    ]),
  );
}

function csvText(row: ExperimentRow, next: ExperimentRow | undefined, name: FixedColumn): string {
  switch (name) {
    case "Experiment":
      return row.experimentName ?? "";
    case "rev":
      return isTop(row) ? row.label : (row.commit ?? "");
    case "typ":
      return typeOf(row, next);
    case "State":
      return capitalize(row.state ?? "");
    case "Executor":
      return capitalize(row.executor ?? "");
    case "Note":
      // A file has room for all of it.
      return row.note ?? "";
    default:
      return fixedText(row, name);
  }
}

function markdownText(row: ExperimentRow, next: ExperimentRow | undefined, name: FixedColumn, now: Date): string {
  switch (name) {
    case "Experiment":
      return markdownLabel(row, next);
    case "Created":
      return formatCreated(row.timestamp, now);
    case "State":
      return capitalize(row.state ?? MISSING);
    case "Executor":
      return capitalize(row.executor ?? MISSING);
    default: {
      const text = fixedText(row, name);
      return text === "" ? MISSING : text;
    }
  }
}

function isTop({ kind }: ExperimentRow): boolean {
  return kind === "workspace" || kind === "baseline";
}

/** DVC 3 tells the last row of a baseline from the others; older ones had a name for checkpoints. */
function typeOf(row: ExperimentRow, next: ExperimentRow | undefined): string {
  if (isTop(row)) return "baseline";
  if (row.kind === "checkpoint") return "checkpoint_commit";
  return isLastOfBaseline(row, next) ? "branch_base" : "branch_commit";
}

function isLastOfBaseline(row: ExperimentRow, next: ExperimentRow | undefined): boolean {
  return row.label.startsWith("└") || (row.kind === "experiment" && (next === undefined || next.kind === "baseline"));
}

function markdownLabel(row: ExperimentRow, next: ExperimentRow | undefined): string {
  if (isTop(row) || row.kind === "checkpoint") return row.label;
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
