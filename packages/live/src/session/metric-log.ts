import { join } from "node:path";
import { formatHistoryHeader } from "@waymark/core/formats/metric-history";
import { escapeFileName, parseMetricName } from "@waymark/core/formats/metric-name";
import { FloatValue, formatPythonFloat } from "@waymark/core/formats/python-number";
import { InvalidOptionError } from "../errors.ts";
import type { LogMetricOptions } from "../options.ts";
import { checkName } from "./check-arguments.ts";
import type { Completion } from "./completion.ts";
import { HistoryFile, OPEN_FILES, type HistoryFiles } from "./history-files.ts";
import { healHistory } from "./history-tail.ts";
import type { LoadedRun } from "./load-run.ts";
import { type MetricValue, checkMetric, numberOf, summaryValue } from "./metric-value.ts";
import { type Series, formatNumberCell } from "./series.ts";
import { SeriesNames } from "./series-names.ts";
import type { Summary } from "./summary.ts";
import type { Trouble } from "./trouble.ts";

export interface MetricLogOptions {
  /** `plots/metrics` of the run. */
  readonly folder: string;
  readonly files: HistoryFiles;
  readonly completion: Completion;
  readonly summary: Summary;
  readonly trouble: Trouble;
  readonly nowMs: () => number;
  readonly timestamps: boolean;
  /** What there is of the run being resumed. */
  readonly loaded: LoadedRun;
  /** Checks and counts, and writes nothing: another rank logs. */
  readonly isSilent: boolean;
  /** Goals of the run being resumed. */
  readonly goals: Readonly<Record<string, "min" | "max">>;
  /** Called when a goal became known. */
  readonly onGoal: () => void;
  /** Called when there is something to write and there was nothing before. */
  readonly onNews: () => void;
}

/** A series is written ahead of its step when this much waits. */
const SERIES_LIMIT = 64 << 10;
/** All series are written ahead of their step when this much waits. */
const TOTAL_LIMIT = 8 << 20;

/**
 * Takes metrics in: checks, formats and buffers them. No call touches the disk unless a buffer is full.
 */
export class MetricLog {
  readonly #names: SeriesNames;
  readonly #goals = new Map<string, "min" | "max">();
  /** Sizes on disk, in an order that only grows: histories of the resumed run first. */
  readonly #sizes = new Map<string, number | HistoryFile>();
  readonly #options: MetricLogOptions;
  #dirty: Series[] = [];
  #buffered = 0;
  #hasHistories = false;
  /** The step up to which rows are in the journal, while some are only there. */
  #journalledStep: number | undefined;

  constructor(options: MetricLogOptions) {
    this.#options = options;
    this.#names = new SeriesNames(options.summary);
    this.#hasHistories = options.loaded.histories.size > 0;
    for (const [name, goal] of Object.entries(options.goals)) this.#goals.set(name, goal);
    for (const [path, { sizeBytes }] of options.loaded.histories) this.#sizes.set(path, sizeBytes);
  }

  /** Whether any metric has been logged. */
  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** Whether any metric has a history on disk. */
  get hasHistories(): boolean {
    return this.#hasHistories;
  }

  get goals(): ReadonlyMap<string, "min" | "max"> {
    return this.#goals;
  }

  log(name: string, value: MetricValue, step: number, options: LogMetricOptions | undefined): void {
    const series = this.#names.get(name);
    if (series === undefined || typeof value !== "number" || options !== undefined || series.history === undefined) {
      this.#logSlowly(name, value, step, options);
      return;
    }
    const wasFloat = series.isFloat;
    const cell = formatNumberCell(series, value);
    if (series.isFloat !== wasFloat) this.#options.summary.markFloat(series.segments);
    series.last = value - value === 0 ? value : cell;
    this.#take(series, series.history, step, cell, value, undefined);
  }

  /** Refuses, without logging anything, what `log` would refuse of these, each alone or together. */
  prepare(metrics: Readonly<Record<string, MetricValue>>, options: LogMetricOptions | undefined): void {
    const opened: string[] = [];
    try {
      for (const name of Object.keys(metrics)) {
        checkMetric(name, metrics[name], options);
        if (this.#names.get(name) !== undefined) continue;
        this.#open(name);
        opened.push(name);
      }
    } catch (error) {
      this.#names.forget(opened);
      throw error;
    }
  }

  /** Makes a goal known before, or after, the metric is first logged. */
  define(name: string, goal: "min" | "max"): void {
    checkName(name);
    parseMetricName(name);
    if (goal !== "min" && goal !== "max") throw new InvalidOptionError("goal", goal, '"min" or "max"');
    const series = this.#names.get(name);
    if (series !== undefined) series.goal = goal;
    if (this.#goals.get(name) === goal) return;
    this.#goals.set(name, goal);
    this.#options.onGoal();
  }

  /** The series of a metric that was logged, by this process or by the run it resumes. */
  find(name: string): Series | undefined {
    const known = this.#names.get(name);
    const { loaded, folder } = this.#options;
    if (known !== undefined || typeof name !== "string" || loaded.histories.size === 0) return known;
    const path = `${join(folder, ...name.split("/").map(escapeFileName))}.tsv`;
    const existing = loaded.histories.get(path);
    if (existing === undefined) return undefined;
    const series = this.#open(name);
    this.#openHistory(series, undefined);
    series.last = this.#options.summary.leafAt(series.segments.join("/"));
    series.lastStep = existing.lastStep;
    return series;
  }

  /** Brings last values into the summary without writing anything. */
  applyToSummary(): void {
    for (const series of this.#dirty) {
      if (series.last !== undefined) this.#options.summary.setAt(series.segments, series.last);
    }
  }

  /** Whether rows of complete steps are in the journal alone. */
  get isJournalled(): boolean {
    return this.#journalledStep !== undefined;
  }

  /**
   * Makes a step complete on disk: one `write` per changed series, or one for all where there are very many.
   *
   * @returns Whether the step is complete; if not, its rows are kept and tried again with the next.
   */
  completeStep(step: number, nowMs: number): boolean {
    const { isSilent, trouble, completion } = this.#options;
    if (this.#dirty.length > OPEN_FILES && this.#journalStep(step, nowMs)) return true;
    const isComplete = this.flush();
    if (isSilent || !isComplete) return isComplete;
    return trouble.attempt("step", "record which step is complete", () => {
      completion.mark(step, nowMs, this.sizes());
    });
  }

  /** Writes what waits into the histories. Returns whether everything reached the disk. */
  flush(): boolean {
    const dirty = this.#dirty;
    if (dirty.length === 0) {
      this.#options.files.retry();
      return true;
    }
    this.applyToSummary();
    let isComplete = this.#settle();
    for (const series of dirty) {
      series.isDirty = false;
      if (series.buffer !== "") isComplete = this.#write(series) && isComplete;
    }
    this.#dirty = [];
    return isComplete;
  }

  /** Sizes of all histories on disk, by path. */
  *sizes(): Iterable<readonly [path: string, sizeBytes: number]> {
    for (const [path, size] of this.#sizes) yield [path, typeof size === "number" ? size : Math.max(0, size.size)];
  }

  #logSlowly(name: string, value: MetricValue, step: number, options: LogMetricOptions | undefined): void {
    const cell = checkMetric(name, value, options);
    const series = this.#names.get(name) ?? this.#open(name);
    const own = options?.step ?? step;
    if (options?.goal !== undefined) this.define(name, options.goal);
    const number = numberOf(value);
    const text = typeof value === "number" ? formatNumberCell(series, value) : cell;
    if (value instanceof FloatValue) series.isFloat = true;
    if (series.isFloat) this.#options.summary.markFloat(series.segments);
    series.last = summaryValue(value, text);
    if (options?.plot === false) {
      series.statistics.add(number, own);
      series.lastStep = own;
      this.#news(series);
      return;
    }
    const history = series.history ?? this.#openHistory(series, options?.timestamp);
    this.#take(series, history, own, text, number, options?.timestamp);
  }

  #take(
    series: Series,
    history: HistoryFile,
    step: number,
    cell: string,
    value: number,
    timestamp: boolean | number | undefined,
  ): void {
    if (series.healAfter !== undefined) this.#heal(series, history, step);
    const row = `${Number.isInteger(step) ? step : formatPythonFloat(step)}\t${cell}\n`;
    if (series.hasTimestamp) {
      const at = typeof timestamp === "number" ? timestamp : this.#options.nowMs();
      series.buffer += `${Math.trunc(at)}\t${row}`;
      this.#buffered += row.length + 14;
    } else {
      series.buffer += row;
      this.#buffered += row.length;
    }
    series.bufferedRows += 1;
    series.lastStep = step;
    series.statistics.add(value, step);
    if (!series.isDirty) this.#news(series);
    if (series.buffer.length >= SERIES_LIMIT) this.#writeAhead(series);
    else if (this.#buffered >= TOTAL_LIMIT) this.flush();
  }

  #news(series: Series): void {
    if (series.isDirty) return;
    series.isDirty = true;
    if (this.#dirty.push(series) === 1) this.#options.onNews();
  }

  #writeAhead(series: Series): void {
    this.#settle();
    this.#write(series);
  }

  #write(series: Series): boolean {
    const { buffer, bufferedRows, history } = series;
    if (history === undefined) return true;
    series.buffer = "";
    series.bufferedRows = 0;
    this.#buffered = Math.max(0, this.#buffered - buffer.length);
    return this.#options.isSilent || this.#options.files.append(history, buffer, bufferedRows);
  }

  /** Records the step in the journal; false where the histories have to be written instead. */
  #journalStep(step: number, nowMs: number): boolean {
    const { isSilent, completion, trouble } = this.#options;
    if (isSilent) return false;
    const rows: { index: number; rows: string }[] = [];
    for (const { history, buffer, index } of this.#dirty) {
      if (history === undefined || buffer === "") continue;
      // The journal only adds to histories that are there, and after nothing that failed.
      if (history.size <= 0 || history.leftover !== undefined) return false;
      rows.push({ index, rows: buffer });
    }
    const isWritten = trouble.attempt("journal", "write the journal of the run", () => {
      completion.journal(step, nowMs, rows);
    });
    if (!isWritten) return false;
    for (const series of this.#dirty) {
      series.journalled += series.buffer;
      series.journalledRows += series.bufferedRows;
      series.buffer = "";
      series.bufferedRows = 0;
    }
    this.applyToSummary();
    this.#journalledStep = step;
    return true;
  }

  /** Brings rows from the journal into the histories and marks their step. */
  #settle(): boolean {
    const step = this.#journalledStep;
    if (step === undefined) return true;
    this.#journalledStep = undefined;
    const { files, completion, trouble, nowMs } = this.#options;
    let isComplete = true;
    for (const series of this.#dirty) {
      const { journalled, journalledRows, history } = series;
      if (history === undefined || journalled === "") continue;
      series.journalled = "";
      series.journalledRows = 0;
      this.#buffered = Math.max(0, this.#buffered - journalled.length);
      isComplete = files.append(history, journalled, journalledRows) && isComplete;
    }
    if (!isComplete) return false;
    return trouble.attempt("step", "record which step is complete", () => completion.mark(step, nowMs(), this.sizes()));
  }

  #open(name: string): Series {
    const series = this.#names.open(name);
    series.goal = this.#goals.get(name);
    return series;
  }

  #openHistory(series: Series, timestamp: boolean | number | undefined): HistoryFile {
    const { fileSegments, column } = parseMetricName(series.name);
    const path = `${join(this.#options.folder, ...fileSegments)}.tsv`;
    const existing = this.#options.loaded.histories.get(path);
    series.hasTimestamp =
      existing?.hasTimestamp ?? (timestamp === undefined ? this.#options.timestamps : timestamp !== false);
    const history = new HistoryFile(path, formatHistoryHeader({ timestamp: series.hasTimestamp, column }));
    if (existing !== undefined) {
      series.isFloat ||= existing.isFloat;
      history.size = existing.sizeBytes;
      series.earlier = existing.statistics;
      if (existing.lastStep !== undefined) series.healAfter = this.#options.loaded.completedStep ?? -Infinity;
    }
    series.history = history;
    series.index = this.#indexOf(path);
    this.#sizes.set(path, history);
    this.#hasHistories = true;
    return history;
  }

  #indexOf(path: string): number {
    if (!this.#sizes.has(path)) return this.#sizes.size;
    return [...this.#sizes.keys()].indexOf(path);
  }

  /** The first row after resuming: rows it repeats were logged for a step that was never completed. */
  #heal(series: Series, history: HistoryFile, step: number): void {
    const completed = series.healAfter ?? -Infinity;
    series.healAfter = undefined;
    const last = this.#options.loaded.histories.get(history.path)?.lastStep;
    if (last === undefined || step <= completed || step > last) return;
    this.#options.trouble.attempt("history", `repair '${history.path}'`, () => {
      healHistory(history.path, completed, step);
      history.size = -1;
    });
  }
}
