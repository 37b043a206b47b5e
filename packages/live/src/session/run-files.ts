import { join } from "node:path";
import type { RunStatus } from "@waymark/core";
import { replaceFileSync } from "@waymark/files";
import { DvcYamlFile } from "./dvc-yaml-file.ts";
import type { Extras } from "./extras.ts";
import type { MetricLog } from "./metric-log.ts";
import type { OpenedRun } from "./open-run.ts";
import { Publication } from "./publication.ts";
import type { SignalFiles } from "./signal-files.ts";

/** A report is written anew at most this often, and takes at most one part in so many of the time. */
const REPORT_INTERVAL_MS = 1000;
const REPORT_COST = 50;

/** What the files of a run are made from. */
export interface RunFilesOptions {
  readonly run: OpenedRun;
  readonly metrics: MetricLog;
  readonly signals: SignalFiles | undefined;
  readonly extras: Extras;
  readonly completedStep: () => number | undefined;
  readonly status: () => RunStatus;
  /** Called before the summary is written: the folder may have been removed under us. */
  readonly checkFolder: () => void;
}

/**
 * The files of a run that are replaced as a whole: summary, params, dvc.yaml, report, and the step for editors.
 *
 * A step that comes late publishes at once; while steps are fast each file follows within its interval. A timer that
 * keeps no process alive publishes what is left when the loop pauses.
 */
export class RunFiles {
  readonly #options: RunFilesOptions;
  readonly #dvcYaml: DvcYamlFile;
  readonly #histories: Publication;
  readonly #summary: Publication;
  readonly #params: Publication;
  readonly #stepSignal: Publication;
  readonly #report: Publication;
  #timer: NodeJS.Timeout | undefined;
  #summaryText: string | undefined;
  #isSummaryDue = false;

  constructor(options: RunFilesOptions) {
    const { run, metrics } = options;
    const { settings } = run;
    const interval = settings.publishIntervalMs;
    this.#options = options;
    this.#dvcYaml = new DvcYamlFile(settings.dvcFile, run.runFolder);
    this.#histories = new Publication(interval, () => metrics.flush());
    this.#summary = new Publication(interval, () => this.#writeSummary());
    this.#params = new Publication(interval, () => this.#writeParams());
    this.#stepSignal = new Publication(interval, () => this.#writeStepSignal());
    this.#report = new Publication(interval && REPORT_INTERVAL_MS, () => this.#writeReport(), REPORT_COST);
  }

  /** Something was logged that the summary, or another of these files, is to tell. */
  noteNews(): void {
    this.#isSummaryDue = true;
    this.#schedule();
  }

  noteParams(): void {
    this.#params.request(this.#nowMs());
    this.#schedule();
  }

  /** Writes what is due after a step. */
  afterStep(): void {
    const { metrics, signals, run } = this.#options;
    const nowMs = this.#nowMs();
    this.#summary.request(nowMs);
    if (metrics.isJournalled) this.#histories.request(nowMs);
    this.#params.flush(nowMs);
    this.#options.extras.retry();
    if (run.settings.writesDvcFile) this.writeDvcYaml(false);
    if (run.settings.report !== undefined) this.#report.request(nowMs);
    if (signals !== undefined) this.#stepSignal.request(nowMs);
    if (this.#summary.isPending) this.#schedule();
  }

  /** Writes what a commit of the current step is to hold. */
  beforeCheckpoint(): void {
    this.#options.metrics.flush();
    this.writeSummary();
    this.#params.flush(this.#nowMs());
    this.#options.extras.retry();
    if (this.#options.run.settings.writesDvcFile) this.writeDvcYaml(false);
  }

  /** Writes everything that is known. */
  writeAll(): void {
    this.#options.metrics.flush();
    this.writeSummary();
    this.#params.flush(this.#nowMs());
    this.#options.extras.retry();
    if (this.#options.run.settings.writesDvcFile) this.writeDvcYaml(true);
    this.writeReport();
    // Once more for what failed a moment ago: at the end of a run nobody comes back to it.
    this.#summary.flush(this.#nowMs());
    this.#params.flush(this.#nowMs());
  }

  writeSummary(): void {
    this.#summary.force(this.#nowMs());
  }

  writeReport(): void {
    if (this.#options.run.settings.report === undefined) return;
    this.#options.metrics.flush();
    this.#report.force(this.#nowMs());
  }

  /** @param isForced - Looks at the file even when nothing of ours changed. */
  writeDvcYaml(isForced: boolean): void {
    const { run, metrics } = this.#options;
    run.settings.trouble.attempt("dvc.yaml", `list the run in '${run.settings.dvcFile}'`, () => {
      this.#dvcYaml.write(
        {
          dir: run.dir,
          hasParams: !run.params.isEmpty,
          hasMetrics: !metrics.isEmpty || !run.summary.isEmpty,
          hasHistories: metrics.hasHistories,
          registry: run.registry,
        },
        isForced,
      );
    });
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    const { settings } = this.#options.run;
    if (this.#timer !== undefined || settings.isSilent) return;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(settings.publishIntervalMs, 1)).unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#options.metrics.flush();
    const nowMs = this.#nowMs();
    if (this.#isSummaryDue) this.#summary.request(nowMs);
    for (const file of [this.#summary, this.#params, this.#stepSignal, this.#report]) file.flush(nowMs);
  }

  #nowMs(): number {
    return this.#options.run.settings.effects.nowMs();
  }

  #writeSummary(): boolean {
    const { run, checkFolder } = this.#options;
    this.#isSummaryDue = false;
    checkFolder();
    const path = join(run.dir, "metrics.json");
    return run.settings.trouble.attempt("metrics.json", `write '${path}'`, () => {
      const text = run.summary.format();
      if (text === this.#summaryText) return;
      replaceFileSync(path, text, { temporaryFolder: run.runFolder });
      this.#summaryText = text;
    });
  }

  #writeParams(): boolean {
    const { params, settings } = this.#options.run;
    return settings.trouble.attempt("params.yaml", `write '${params.path}'`, () => params.write());
  }

  #writeStepSignal(): boolean {
    const { signals, completedStep, run } = this.#options;
    const step = completedStep();
    if (step !== undefined) {
      run.settings.trouble.attempt("signal", "tell editors of the step", () => signals?.markStep(step));
    }
    // Nobody's data depends on it: the next step tells it anyway.
    return true;
  }

  #writeReport(): boolean {
    const { extras, status, run } = this.#options;
    run.settings.trouble.attempt("report", "write the report", () => extras.writeReport(status()));
    return true;
  }
}
