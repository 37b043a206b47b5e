import { fstatSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunStatus, TrackerProvider } from "@waymark/core";
import { loadMonitor } from "#lazy";
import { CheckpointMaker } from "../checkpoint/checkpoint-maker.ts";
import type { CheckpointResult } from "../checkpoint/outcome.ts";
import type { ArtifactOptions, CheckpointOptions, LogMetricOptions, MonitorOptions } from "../options.ts";
import { checkName, checkOptions, checkRecord } from "./check-arguments.ts";
import { Completion } from "./completion.ts";
import { Extras } from "./extras.ts";
import { HistoryFiles } from "./history-files.ts";
import type { MediaLog } from "./media-log.ts";
import { MetricLog } from "./metric-log.ts";
import { type MetricValue, checkStep } from "./metric-value.ts";
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
import { RunFiles } from "./run-files.ts";
import { informOfSignal, warnOfMissingRows, warnOfStage } from "./session-notes.ts";
import type { Settings } from "./settings.ts";
import { SignalFiles, findDvcRoot } from "./signal-files.ts";

export { readSettings } from "./settings.ts";

type EndStatus = Exclude<RunStatus, "running">;

/** A run that is going on: steps, checkpoints and its end. Used by {@link Live} alone. */
export class Session implements HookedRun {
  readonly run: OpenedRun;
  readonly metrics: MetricLog;
  readonly #settings: Settings;
  readonly #histories: HistoryFiles;
  readonly #completion: Completion;
  readonly #signals: SignalFiles | undefined;
  readonly #files: RunFiles;
  readonly #checkpoints: CheckpointMaker;
  readonly #extras: Extras;
  #stopMonitor: (() => void) | undefined;
  #step: number | undefined;
  #completedStep: number | undefined;
  #status: RunStatus = "running";
  #seenSignal: NodeJS.Signals | undefined;
  #hasEnded = false;

  constructor(settings: Settings, provider: TrackerProvider | undefined) {
    const run = openRun(settings, provider);
    const { trouble, effects, isSilent } = settings;
    this.run = run;
    this.#settings = settings;
    this.#step = run.firstStep;
    this.#completedStep = run.loaded.completedStep;
    const folder = join(run.dir, "plots", "metrics");
    this.#histories = new HistoryFiles(trouble);
    this.#completion = new Completion(run.dir, folder);
    this.metrics = new MetricLog({
      ...{ folder, trouble, isSilent, files: this.#histories, completion: this.#completion, summary: run.summary },
      ...{ nowMs: effects.nowMs, timestamps: settings.timestamps, goals: run.record.content.goals },
      loaded: run.loaded,
      onGoal: () => this.#recordGoals(),
      onNews: () => this.#files.noteNews(),
    });
    const dvcRoot = isSilent ? undefined : (settings.wishes.dvcRoot ?? findDvcRoot(settings.cwd));
    this.#signals = dvcRoot === undefined ? undefined : new SignalFiles(dvcRoot);
    this.#checkpoints = new CheckpointMaker(run, {
      sizes: () => this.metrics.sizes(),
      dvcRoot,
      include: () => (settings.writesDvcFile ? [run.dir, settings.dvcFile] : [run.dir]),
    });
    this.#extras = new Extras(run, this.#checkpoints);
    this.#files = new RunFiles({
      ...{ run, metrics: this.metrics, signals: this.#signals, extras: this.#extras },
      completedStep: () => this.#completedStep,
      status: () => this.#status,
      checkFolder: () => this.#checkFolder(),
    });
    if (!isSilent) this.#begin(dvcRoot);
  }

  /** Path of dvc.yaml as seen from the working directory. */
  get givenDvcFile(): string {
    return relative(this.#settings.cwd, this.#settings.dvcFile);
  }

  get step(): number | undefined {
    return this.#step;
  }

  get status(): RunStatus {
    return this.#status;
  }

  setStep(step: number): void {
    checkStep(step);
    this.#step = step;
  }

  logMetric(name: string, value: MetricValue, options: LogMetricOptions | undefined): void {
    if (this.#hasEnded) this.#refuse(`log '${name}'`);
    else this.metrics.log(name, value, this.#step ?? 0, options);
  }

  /** Logs all of them, or none when one cannot be logged. */
  logMetrics(metrics: Readonly<Record<string, MetricValue>>, options: LogMetricOptions | undefined): void {
    checkRecord("metrics", metrics);
    this.metrics.prepare(metrics, options);
    for (const [name, value] of Object.entries(metrics)) this.logMetric(name, value, options);
  }

  defineMetric(name: string, options: { readonly goal: "min" | "max" }): void {
    checkOptions(options, 'an object: { goal: "min" } or { goal: "max" }');
    this.metrics.define(name, options.goal);
  }

  logParam(name: string, value: unknown): void {
    checkName(name);
    this.logParams({ [name]: value });
  }

  logParams(params: Readonly<Record<string, unknown>>): void {
    checkRecord("params", params);
    if (this.#hasEnded) {
      this.#refuse("log params");
      return;
    }
    this.run.params.set(params);
    if (!this.#settings.isSilent) this.#files.noteParams();
  }

  /** Images and plots, checked and written at once. */
  logMedia(name: unknown, log: (media: MediaLog) => void): void {
    if (this.#hasEnded) {
      this.#refuse(`log '${String(name)}'`);
      return;
    }
    this.#extras.logMedia(log);
    this.#files.noteNews();
  }

  logArtifact(path: string | URL, options: ArtifactOptions): void {
    checkOptions(options, 'an object, such as { type: "model" }');
    if (this.#hasEnded) {
      this.#refuse(`log '${String(path)}'`);
      return;
    }
    this.#extras.logArtifact(path, options);
    this.#files.noteNews();
  }

  /** Completes the step: its rows are on disk when this returns. */
  nextStep(): void {
    if (this.#hasEnded) {
      this.#refuse("make a step");
      return;
    }
    const step = this.#step ?? 0;
    this.#completeStep(step);
    if (!this.#settings.isSilent) {
      this.#files.afterStep();
      this.#checkpoints.signalStep(step);
      noteTurn();
    }
    this.#step = step + 1;
  }

  /** Whether the runner asks for a checkpoint now. */
  get isCheckpointWanted(): boolean {
    return !this.#hasEnded && this.#checkpoints.isWanted;
  }

  async checkpoint(paths: string | readonly string[], options: CheckpointOptions): Promise<CheckpointResult> {
    // In plain JavaScript, `checkpoint("a", "b")` would leave out the second file without a word.
    checkOptions(options, 'an object; several paths go into one list: `["a", "b"]`');
    const resolved = this.#checkpoints.resolvePaths(paths);
    const step = this.#step ?? 0;
    if (this.#hasEnded) {
      this.#refuse("make a checkpoint");
      return { kind: "skipped", step };
    }
    const isDue = options.force === true || this.#checkpoints.isDue(step);
    if (isDue && !this.#settings.isSilent) {
      this.#completeStep(step);
      this.#files.beforeCheckpoint();
    }
    // Asked once: the runner may change its mind in between.
    const result = await this.#checkpoints.make(step, resolved, { ...options, force: isDue });
    // Lets the event loop turn, so that a loop whose only await is this one hears Ctrl-C.
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  }

  /** Writes everything that is known now, whatever was written how long ago. */
  sync(): void {
    this.#applySummary();
    if (!this.#settings.isSilent) this.#files.writeAll();
  }

  makeSummary(): void {
    this.#applySummary();
    if (!this.#settings.isSilent) this.#files.writeSummary();
  }

  makeDvcyaml(): void {
    if (!this.#settings.isSilent) this.#files.writeDvcYaml(true);
  }

  makeReport(): void {
    if (!this.#settings.isSilent) this.#files.writeReport();
  }

  monitorSystem(options: MonitorOptions): void {
    const { checkMonitorOptions, startMonitor } = loadMonitor();
    checkMonitorOptions(options);
    const { isSilent, trouble } = this.#settings;
    if (isSilent || this.#hasEnded) return;
    const monitor = startMonitor(options, {
      // It logs between the script's own calls: a metric in its way must not end the training.
      log: (name, value, isPlotted) => {
        const log = (): void => this.logMetric(name, value, { timestamp: true, plot: isPlotted });
        trouble.attempt("monitor", `log '${name}'`, log);
      },
      warn: (matter, message) => trouble.warn(matter, message),
    });
    this.#stopMonitor?.();
    this.#stopMonitor = () => monitor.stop();
  }

  abort(reason: unknown): void {
    this.end("interrupted", reason === undefined ? undefined : describeFailure(reason));
  }

  fail(reason: unknown): void {
    this.end("failed", reason === undefined ? undefined : describeFailure(reason));
  }

  end(status: EndStatus, reason?: string): void {
    if (this.#hasEnded) return;
    unhookRun(this);
    this.#stopMonitor?.();
    this.#hasEnded = true;
    this.#files.close();
    // A signal that the script handled itself, and then ended by, interrupted it all the same.
    const isInterrupted = this.#seenSignal !== undefined && status === "finished";
    this.#status = isInterrupted ? "interrupted" : status;
    if (this.#settings.isSilent) return;
    const recorded = this.run.summary.tree["step"];
    if (typeof recorded === "number") this.#step = recorded;
    this.#applySummary();
    this.#files.writeAll();
    warnOfMissingRows(this.#settings, this.#histories.missingRows);
    this.#recordEnd(this.#status, isInterrupted ? this.#seenSignal : reason);
    this.#release();
  }

  /** Ends a run whose block was left: whether by an error is only known a moment later. */
  endByBlock(): void {
    if (this.#hasEnded) return;
    this.end("finished");
    if (this.#status === "finished") hookLateFailure(this);
  }

  onProcessEnd(event: ProcessEvent): void {
    if (event.kind === "signal") {
      this.end("interrupted", event.signal);
      informOfSignal(this.#settings, event.signal, this.#completedStep, this.#checkpoints.describe());
    } else if (event.code === 0) this.end("finished");
    else if (this.#seenSignal !== undefined) this.end("interrupted", this.#seenSignal);
    else this.end("failed", event.failure ?? `the process ended with exit code ${event.code}`);
  }

  onSignalSeen(signal: NodeJS.Signals): void {
    this.#seenSignal = signal;
    this.metrics.flush();
  }

  onLateFailure(failure: string): void {
    this.#status = "failed";
    this.#recordEnd("failed", failure);
  }

  #begin(dvcRoot: string | undefined): void {
    const { tracker, loaded, isResumed } = this.run;
    const { trouble, effects, writesDvcFile } = this.#settings;
    hookRun(this);
    this.#writeRecord();
    if (loaded.completedStep !== undefined) this.metrics.completeStep(loaded.completedStep, effects.nowMs());
    if (isResumed) this.#files.noteNews();
    if (tracker !== undefined) {
      trouble.attempt("signal", "tell editors that the run goes on", () => {
        this.#signals?.markRunning(tracker.experimentName);
      });
    }
    if (dvcRoot !== undefined && writesDvcFile) warnOfStage(this.#settings, dvcRoot);
  }

  #completeStep(step: number): void {
    this.#step = step;
    this.metrics.completeStep(step, this.#settings.effects.nowMs());
    this.run.summary.setStep(step);
    this.#completedStep = step;
  }

  #applySummary(): void {
    this.metrics.applyToSummary();
    if (this.#step !== undefined) this.run.summary.setStep(this.#step);
  }

  #recordGoals(): void {
    this.run.record.update({ goals: Object.fromEntries(this.metrics.goals) });
    this.#writeRecord();
  }

  #recordEnd(status: EndStatus, reason: string | undefined): void {
    this.run.record.end(status, reason, this.#settings.effects.nowMs());
    this.#writeRecord();
    this.#checkpoints.end(status, reason, this.#completedStep);
  }

  #writeRecord(): void {
    const { isSilent, trouble } = this.#settings;
    if (isSilent) return;
    const write = (): void => this.run.record.write();
    trouble.attempt("run file", `write the run file of '${this.run.givenDir}'`, write);
  }

  /** A folder that was removed under us is made anew; descriptors would write to files nobody can see. */
  #checkFolder(): void {
    const { descriptor } = this.#completion;
    if (descriptor === -1 || fstatSync(descriptor).nlink > 0) return;
    this.#settings.trouble.warn("removed", `'${this.run.givenDir}' was removed while it was written: it is made anew.`);
    this.#completion.close();
    this.#histories.startOver();
    this.#writeRecord();
  }

  #refuse(what: string): void {
    this.#settings.trouble.warn("ended", `The run in '${this.run.givenDir}' has ended: cannot ${what}.`);
  }

  #release(): void {
    this.#histories.close();
    this.#settings.trouble.attempt("close", "close the files of the run", () => {
      this.#completion.close();
      this.#signals?.remove();
      this.run.lock?.release();
    });
  }
}
