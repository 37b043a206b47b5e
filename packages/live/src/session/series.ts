import { formatPythonFloat } from "@waymark/core/formats/python-number";
import type { HistoryFile } from "./history-files.ts";
import { type MetricStatistics, RunningStatistics } from "./statistics.ts";

/** A value as the summary keeps it: non-finite numbers are text. */
export type SummaryValue = number | bigint | string | boolean;

/** One metric: its rows that wait to be written, its last value, its figures. */
export class Series {
  readonly name: string;
  /** The name's parts: where its last value stands in the summary. */
  readonly segments: readonly string[];
  /** Undefined while the metric has no history (`plot: false`). */
  history: HistoryFile | undefined;
  /** Its line in the list of histories. */
  index = 0;
  hasTimestamp = false;
  /** Once seen with a fraction, whole values are written as `1.0` too. */
  isFloat = false;
  /** Rows that are nowhere but here. */
  buffer = "";
  bufferedRows = 0;
  /** Rows that are in the journal and not yet in the history. */
  journalled = "";
  journalledRows = 0;
  /** Has news for the history or the summary. */
  isDirty = false;
  last: SummaryValue | undefined;
  lastStep: number | undefined;
  readonly statistics = new RunningStatistics();
  /** Figures of the rows that were on disk when the run was resumed, read when first asked for. */
  earlier: (() => RunningStatistics) | undefined;
  /** Rows after this step were never completed: the first new row removes those it would repeat. */
  healAfter: number | undefined;
  goal: "min" | "max" | undefined;

  constructor(name: string, segments: readonly string[]) {
    this.name = name;
    this.segments = segments;
  }

  figures(): MetricStatistics {
    if (this.earlier !== undefined) {
      const all = this.earlier();
      this.earlier = undefined;
      all.merge(this.statistics);
      this.statistics.replaceBy(all);
    }
    return { ...this.statistics.figures(this.goal), last: this.last, lastStep: this.lastStep };
  }
}

/** Formats a number for a history row; notes on the series what kind of number it is. */
export function formatNumberCell(series: Series, value: number): string {
  const isSmall = value < 1e15 && value > -1e15;
  if (Number.isInteger(value)) {
    if (value === 0 && 1 / value < 0) {
      series.isFloat = true;
      return "-0.0";
    }
    if (series.isFloat) return isSmall ? `${value}.0` : formatPythonFloat(value);
    return isSmall ? `${value}` : BigInt(value).toString();
  }
  series.isFloat = true;
  // JavaScript and Python print the same digits; in this range also in the same layout.
  if (isSmall && (value >= 1e-4 || value <= -1e-4)) return `${value}`;
  if (value - value === 0) return formatPythonFloat(value);
  return nonFiniteText(value);
}

/** The text DVC knows a non-finite number by. */
function nonFiniteText(value: number): string {
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
