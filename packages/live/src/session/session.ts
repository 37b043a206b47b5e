import { fstatSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunStatus, TrackerProvider } from "@waymark/core";
import { replaceFileSync } from "@waymark/files";
import { CheckpointMaker } from "../checkpoint/checkpoint-maker.ts";
import type { CheckpointResult } from "../checkpoint/outcome.ts";
import type { CheckpointOptions, LogMetricOptions, MonitorOptions } from "../options.ts";
import { loadMediaLog, loadMonitor } from "#lazy";
import { Completion } from "./completion.ts";
import { DvcYamlFile } from "./dvc-yaml-file.ts";
import { HistoryFiles } from "./history-files.ts";
import { cutHistory, scanHistory, sizeWithout } from "./history-tail.ts";
import type { MediaLog } from "./media-log.ts";
import { MetricLog, type MetricValue, checkStep } from "./metric-log.ts";
import { type OpenedRun, openRun } from "./open-run.ts";
import {
  type HookedRun,
  type ProcessEvent,
  describeFailure,
  hookLateFailure,
  hookRun,
  noteTurn,
  unhookRun,
} from "./process-hooks.ts";
import { Publication } from "./publication.ts";
import type { Settings } from "./settings.ts";
import { SignalFiles, findDvcRoot } from "./signal-files.ts";

/** Parts that a session drives and does not know: reports and the system monitor. */
export interface SessionParts {
  /** Writes the report; called at most as often as it can be afforded. */
  report?: (() => void) | undefined;
  /** Ends the system monitor before the last rows are written. */
  stopMonitor?: (() => void) | undefined;
}

/** A report is written anew at most this often, and takes at most one part in so many of the time. */
const REPORT_INTERVAL_MS = 1000;
const REPORT_COST = 50;

type EndStatus = Exclude<RunStatus, "running">;

/** A run that is going on: buffers, files, checkpoints and its end. Used by {@link Live} alone. */
export class Session implements HookedRun {
  readonly run: OpenedRun;
  readonly metrics: MetricLog;
  readonly parts: SessionParts = {};
  readonly checkpoints: CheckpointMaker;
  readonly isSilent: boolean;
  readonly #settings: Settings;
  readonly #files: HistoryFiles;
  readonly #completion: Completion;
  readonly #dvcYaml: DvcYamlFile;
  readonly #signals: SignalFiles | undefined;
  readonly #histories: Publication;
  readonly #summaryFile: Publication;
  readonly #paramsFile: Publication;
  readonly #stepSignal: Publication;
  readonly #report: Publication;
  #media: MediaLog | undefined;
  #step: number | undefined;
  #completedStep: number | undefined;
  #status: RunStatus = "running";
  #reason: string | undefined;
  #seenSignal: NodeJS.Signals | undefined;
  #timer: NodeJS.Timeout | undefined;
  #summaryText: string | undefined;
  #summaryDue = false;
  #hasEnded = false;

  constructor(settings: Settings, provider: TrackerProvider | undefined) {
    const run = openRun(settings, provider);
    const { trouble, effects, publishIntervalMs } = settings;
    this.run = run;
    this.#settings = settings;
    this.isSilent = settings.isSilent;
    this.#step = run.firstStep;
    this.#completedStep = run.loaded.completedStep;
    this.#files = new HistoryFiles(trouble);
    const histories = join(run.dir, "plots", "metrics");
    this.#completion = new Completion(run.dir, histories);
    this.#dvcYaml = new DvcYamlFile(settings.dvcFile, run.runFolder);
    this.metrics = new MetricLog({
      folder: histories,
      files: this.#files,
      completion: this.#completion,
      summary: run.summary,
      trouble,
      nowMs: effects.nowMs,
      timestamps: settings.timestamps,
      existing: run.loaded.histories,
      heal: healHistory,
      completedStep: run.loaded.completedStep,
      isSilent: this.isSilent,
      goals: run.record.content.goals,
      onGoal: () => {
        run.record.update({ goals: Object.fromEntries(this.metrics.goals) });
        this.#writeRecord();
      },
      onNews: () => {
        this.#summaryDue = true;
        this.#schedule();
      },
    });
    const dvcRoot = this.isSilent ? undefined : (settings.wishes.dvcRoot ?? findDvcRoot(settings.cwd));
    this.#signals = dvcRoot === undefined ? undefined : new SignalFiles(dvcRoot);
    this.#histories = new Publication(publishIntervalMs, () => this.metrics.flush());
    this.#summaryFile = new Publication(publishIntervalMs, () => this.#writeSummary());
    this.#paramsFile = new Publication(publishIntervalMs, () => this.#writeParams());
    this.#stepSignal = new Publication(publishIntervalMs, () => this.#writeStepSignal());
    this.#report = new Publication(publishIntervalMs && REPORT_INTERVAL_MS, () => this.#writeReport(), REPORT_COST);
    this.checkpoints = new CheckpointMaker(run, {
      sizes: () => this.metrics.sizes(),
      dvcRoot,
      include: () => (settings.writesDvcFile ? [run.dir, settings.dvcFile] : [run.dir]),
    });
    if (!this.isSilent) this.#begin();
  }

  /** Path of dvc.yaml as seen from the working directory. */
  get givenDvcFile(): string {
    return relative(this.#settings.cwd, this.#settings.dvcFile);
  }

  get step(): number | undefined {
    return this.#step;
  }

  get completedStep(): number | undefined {
    return this.#completedStep;
  }

  get status(): RunStatus {
    return this.#status;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  setStep(step: number): void {
    checkStep(step);
    this.#step = step;
    this.#summaryDue = true;
  }

  logMetric(name: string, value: MetricValue, options: LogMetricOptions | undefined): void {
    if (this.#hasEnded) this.#refuse(`log '${name}'`);
    else this.metrics.log(name, value, this.#step ?? 0, options);
  }

  /** Logs all of them, or none when one cannot be logged. */
  logMetrics(metrics: Readonly<Record<string, MetricValue>>, options: LogMetricOptions | undefined): void {
    for (const name of Object.keys(metrics)) this.metrics.prepare(name, metrics[name], options);
    for (const [name, value] of Object.entries(metrics)) this.logMetric(name, value, options);
  }

  defineMetric(name: string, goal: "min" | "max"): void {
    this.metrics.define(name, goal);
  }

  logParams(params: Readonly<Record<string, unknown>>): void {
    if (this.#hasEnded) {
      this.#refuse("log params");
      return;
    }
    this.run.params.set(params);
    if (this.isSilent) return;
    this.#paramsFile.request(this.#settings.effects.nowMs());
    this.#schedule();
  }

  /** Completes the step: its rows are on disk when this returns. */
  nextStep(): void {
    if (this.#hasEnded) {
      this.#refuse("make a step");
      return;
    }
    const step = this.#step ?? 0;
    this.#step = step;
    this.#completeStep(step);
    this.#publish();
    noteTurn();
    if (!this.isSilent) this.checkpoints.signalStep(step);
    this.#step = step + 1;
  }

  /** Writes everything that is known now, whatever was written how long ago. */
  sync(): void {
    if (this.isSilent) return;
    this.metrics.flush();
    this.makeSummary();
    this.#paramsFile.flush(this.#settings.effects.nowMs());
    if (this.#settings.writesDvcFile) this.makeDvcyaml();
    this.makeReport();
  }

  makeSummary(): void {
    this.metrics.applyToSummary();
    if (this.#step !== undefined) this.run.summary.setStep(this.#step);
    if (this.isSilent) return;
    this.#summaryFile.force(this.#settings.effects.nowMs());
  }

  makeDvcyaml(): void {
    if (!this.isSilent) this.#writeDvcYaml(true);
  }

  makeReport(): void {
    if (this.parts.report === undefined || this.isSilent) return;
    this.metrics.flush();
    this.#report.force(this.#settings.effects.nowMs());
  }

  /** Images and plots, checked and written at once. */
  logMedia(what: string, log: (media: MediaLog) => void): void {
    if (this.#hasEnded) {
      this.#refuse(`log ${what}`);
      return;
    }
    const { run, isSilent } = this;
    const { cwd, trouble, cacheImages, keepsNonFinite } = this.#settings;
    this.#media ??= new (loadMediaLog().MediaLog)({
      ...{
        cwd,
        trouble,
        isSilent,
        keepsNonFinite,
        dir: run.dir,
        registry: run.registry,
        temporaryFolder: run.runFolder,
      },
    });
    log(this.#media);
    if (cacheImages && run.registry.hasImages) this.checkpoints.trackAtEnd(join(run.dir, "plots", "images"));
    this.#summaryDue = true;
    this.#schedule();
  }

  async checkpoint(paths: string | readonly string[], options: CheckpointOptions): Promise<CheckpointResult> {
    const resolved = this.checkpoints.resolvePaths(paths);
    if (this.#hasEnded) {
      this.#refuse("make a checkpoint");
      return { kind: "skipped", step: this.#completedStep ?? 0 };
    }
    const step = this.#step ?? 0;
    this.#step = step;
    if (!this.isSilent && (options.force === true || this.checkpoints.isDue(step))) this.#completeForCheckpoint(step);
    const result = await this.checkpoints.make(step, resolved, options);
    // Lets the event loop turn, so that a loop whose only await is this one hears Ctrl-C.
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  }

  monitorSystem(options: MonitorOptions): void {
    if (this.isSilent) return;
    const monitor = loadMonitor().startMonitor(options, {
      log: (name, value, isPlotted) => {
        if (!this.#hasEnded) this.logMetric(name, value, { timestamp: true, plot: isPlotted });
      },
      warn: (matter, message) => this.#settings.trouble.warn(matter, message),
    });
    this.parts.stopMonitor?.();
    this.parts.stopMonitor = () => monitor.stop();
  }

  fail(reason: unknown): void {
    this.end("failed", describeFailure(reason));
  }

  end(status: EndStatus, reason?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    unhookRun(this);
    this.parts.stopMonitor?.();
    this.#status = this.#seenSignal !== undefined && status === "finished" ? "interrupted" : status;
    this.#reason = reason ?? this.#seenSignal;
    if (this.isSilent) return;
    this.#writeEverything();
    const { effects } = this.#settings;
    this.run.record.end(this.#status, this.#reason, effects.nowMs());
    this.#writeRecord();
    this.checkpoints.end(this.#status, this.#reason, this.#completedStep);
    this.#release();
  }

  /** Ends a run whose block was left: by an error or not is only known a moment later. */
  endByBlock(): void {
    if (this.#hasEnded) return;
    this.end("finished");
    if (this.#status === "finished") hookLateFailure(this);
  }

  onProcessEnd(event: ProcessEvent): void {
    if (event.kind === "signal") {
      this.end("interrupted", event.signal);
      this.#sayInterrupted(event.signal);
    } else if (this.#seenSignal !== undefined) this.end("interrupted", this.#seenSignal);
    else if (event.code === 0) this.end("finished");
    else this.end("failed", event.failure ?? `the process ended with exit code ${event.code}`);
  }

  onSignalSeen(signal: NodeJS.Signals): void {
    this.#seenSignal = signal;
    this.metrics.flush();
  }

  onLateFailure(failure: string): void {
    this.#status = "failed";
    this.#reason = failure;
    this.run.record.end("failed", failure, this.#settings.effects.nowMs());
    this.#writeRecord();
    this.checkpoints.end("failed", failure, this.#completedStep);
  }

  #begin(): void {
    const { run } = this;
    const { trouble, effects } = this.#settings;
    hookRun(this);
    this.#writeRecord();
    const { completedStep } = run.loaded;
    if (completedStep !== undefined) this.metrics.completeStep(completedStep, effects.nowMs());
    const { tracker } = run;
    if (tracker !== undefined && this.#signals !== undefined) {
      const signals = this.#signals;
      trouble.attempt("signal", "tell editors that the run goes on", () => signals.markRunning(tracker.experimentName));
    }
    if (run.isResumed) this.#summaryDue = true;
  }

  /** Makes the step complete on disk, with everything that a commit of it is to hold. */
  #completeForCheckpoint(step: number): void {
    const nowMs = this.#settings.effects.nowMs();
    this.#completeStep(step);
    this.metrics.flush();
    this.#summaryFile.force(nowMs);
    this.#paramsFile.flush(nowMs);
    if (this.#settings.writesDvcFile) this.#writeDvcYaml(false);
  }

  #writeRecord(): void {
    if (this.isSilent) return;
    this.#settings.trouble.attempt("run file", `write the run file of '${this.run.givenDir}'`, () => {
      this.run.record.write();
    });
  }

  #completeStep(step: number): void {
    const nowMs = this.#settings.effects.nowMs();
    this.metrics.completeStep(step, nowMs);
    this.run.summary.setStep(step);
    this.#summaryDue = true;
    this.#completedStep = step;
  }

  /** What follows a step: files that are replaced as a whole, when they are due. */
  #publish(): void {
    if (this.isSilent) return;
    const nowMs = this.#settings.effects.nowMs();
    this.#summaryFile.request(nowMs);
    if (this.metrics.isJournalled) this.#histories.request(nowMs);
    this.#paramsFile.flush(nowMs);
    this.#media?.retry();
    if (this.#settings.writesDvcFile) this.#writeDvcYaml(false);
    if (this.parts.report !== undefined) this.#report.request(nowMs);
    if (this.#signals !== undefined) this.#stepSignal.request(nowMs);
    if (this.#summaryFile.isPending) this.#schedule();
  }

  /** Sees to it that nothing stays unpublished for longer than the interval, while the event loop turns. */
  #schedule(): void {
    if (this.#timer !== undefined || this.isSilent) return;
    const { publishIntervalMs } = this.#settings;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(publishIntervalMs, 1)).unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#hasEnded) return;
    this.metrics.flush();
    const nowMs = this.#settings.effects.nowMs();
    if (this.#summaryDue) this.#summaryFile.request(nowMs);
    this.#summaryFile.flush(nowMs);
    this.#paramsFile.flush(nowMs);
    this.#stepSignal.flush(nowMs);
    this.#report.flush(nowMs);
  }

  #writeEverything(): void {
    const { trouble, effects } = this.#settings;
    this.metrics.flush();
    const recorded = this.run.summary.tree["step"];
    if (typeof recorded === "number") this.#step = recorded;
    this.makeSummary();
    this.#paramsFile.flush(effects.nowMs());
    this.#media?.retry();
    if (this.#settings.writesDvcFile) this.#writeDvcYaml(true);
    this.makeReport();
    const { missingRows } = this.#files;
    if (missingRows > 0) trouble.warn("missing", `${missingRows} points could not be written and are missing.`);
  }

  #writeSummary(): boolean {
    this.#summaryDue = false;
    this.#checkFolder();
    const path = join(this.run.dir, "metrics.json");
    return this.#settings.trouble.attempt("metrics.json", `write '${path}'`, () => {
      const text = this.run.summary.format();
      if (text === this.#summaryText) return;
      replaceFileSync(path, text, { temporaryFolder: this.run.runFolder });
      this.#summaryText = text;
    });
  }

  #writeParams(): boolean {
    const { params } = this.run;
    return this.#settings.trouble.attempt("params.yaml", `write '${params.path}'`, () => params.write());
  }

  #writeStepSignal(): boolean {
    const step = this.#completedStep;
    if (step === undefined) return true;
    this.#settings.trouble.attempt("signal", "tell editors of the step", () => this.#signals?.markStep(step));
    return true;
  }

  #writeReport(): boolean {
    this.#settings.trouble.attempt("report", "write the report", () => this.parts.report?.());
    return true;
  }

  #writeDvcYaml(isForced: boolean): void {
    const { run, metrics } = this;
    this.#settings.trouble.attempt("dvc.yaml", `list the run in '${this.#settings.dvcFile}'`, () => {
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

  /** A folder that was removed under us is made anew; descriptors would write to files nobody can see. */
  #checkFolder(): void {
    const { descriptor } = this.#completion;
    if (descriptor === -1 || fstatSync(descriptor).nlink > 0) return;
    this.#settings.trouble.warn("removed", `'${this.run.givenDir}' was removed while it was written: it is made anew.`);
    this.#completion.close();
    this.#files.startOver();
    this.#writeRecord();
  }

  #refuse(what: string): void {
    this.#settings.trouble.warn("ended", `The run in '${this.run.givenDir}' has ended: cannot ${what}.`);
  }

  #sayInterrupted(signal: NodeJS.Signals): void {
    const { trouble } = this.#settings;
    const reached =
      this.#completedStep === undefined ? "before its first step was complete" : `after step ${this.#completedStep}`;
    trouble.inform(`Interrupted by ${signal} ${reached}. ${this.checkpoints.describe()}`);
  }

  #release(): void {
    const { trouble } = this.#settings;
    this.#files.close();
    trouble.attempt("close", "close the files of the run", () => {
      this.#completion.close();
      this.#signals?.remove();
      this.run.lock?.release();
    });
  }
}

function healHistory(path: string, completed: number, fromStep: number): void {
  const scan = scanHistory(path);
  if (scan !== undefined)
    cutHistory(
      scan,
      sizeWithout(scan, (row) => row.step > completed && row.step >= fromStep),
    );
}

export { readSettings } from "./settings.ts";
