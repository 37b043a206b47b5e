import type { RunStatus } from "@waymark/core";
import type { CheckpointResult } from "./checkpoint/outcome.ts";
import { InvalidDataTypeError, InvalidOptionError } from "./errors.ts";
import { loadReaders, loadSession } from "#lazy";
import type { ImageInput } from "./image/image-input.ts";
import type { ClassificationKind, ClassificationOptions } from "./plot/classification.ts";
import type { CustomPlotOptions, PlotData } from "./plot/custom.ts";
import type { Column, Label } from "./plot/ranking.ts";
import type { ArtifactOptions, CheckpointOptions, LiveOptions, LogMetricOptions, MonitorOptions } from "./options.ts";
import type { MetricValue } from "./session/metric-value.ts";
import type { Session } from "./session/session.ts";
import type { MetricStatistics } from "./session/statistics.ts";
import type { SummaryTree } from "./session/summary.ts";

/** The part of a script that logs one run. */
export type RunCallback<T> = (live: Live) => T | Promise<T>;

/**
 * Logs one run of a training script: metrics with their histories, params, images, plots, artifacts, and checkpoints that
 * the run can be resumed from. Files and formats are those of DVCLive.
 *
 * Arguments that cannot be logged throw at once, before anything is written. Any other trouble (a full disk, no Git) is
 * said once on standard error and the training goes on.
 *
 * ```ts
 * using live = new Live({ resume: true });
 * for (; live.step < epochs; live.nextStep()) {
 *   live.logMetric("train/loss", trainEpoch());
 *   await live.checkpoint("model.bin");
 * }
 * ```
 */
export class Live {
  readonly #session: Session;
  #isInBlock = false;

  /**
   * Starts a run, or resumes the one in the folder.
   *
   * @param dir - Folder of the run; the same as the option.
   * @throws {@link InvalidOptionError} for an option with a value it cannot have, `FolderInUseError` when another
   *   process logs to the folder, {@link UnusableFolderError} when it cannot be made.
   */
  constructor(options?: LiveOptions);
  constructor(dir: string, options?: LiveOptions);
  constructor(first: string | LiveOptions = {}, second: LiveOptions = {}) {
    const options = typeof first === "string" ? { ...second, dir: first } : first;
    const { Session, readSettings } = loadSession();
    this.#session = new Session(readSettings(options), options.tracker);
    const { monitorSystem } = options;
    if (monitorSystem !== undefined && monitorSystem !== false) {
      this.#session.monitorSystem(monitorSystem === true ? {} : monitorSystem);
    }
  }

  /**
   * Runs `callback` with a run of its own and ends it afterwards: finished, or failed with the reason when the callback
   * throws. What it throws is thrown on.
   */
  static async run<T>(callback: RunCallback<T>): Promise<T>;
  static async run<T>(options: string | LiveOptions, callback: RunCallback<T>): Promise<T>;
  static async run<T>(first: string | LiveOptions | RunCallback<T>, second?: RunCallback<T>): Promise<T> {
    const callback = typeof first === "function" ? first : second;
    if (typeof callback !== "function") throw new InvalidOptionError("callback", callback, "a function");
    // `new this`: the run is one of the class it was asked of, which may bring a tracker.
    const live = typeof first === "string" ? new this(first) : new this(typeof first === "function" ? {} : first);
    live.#isInBlock = true;
    try {
      const result = await callback(live);
      live.#session.end("finished");
      return result;
    } catch (error) {
      live.#session.fail(error);
      throw error;
    }
  }

  /** Folder of the run, as given. */
  get dir(): string {
    return this.#session.run.givenDir;
  }

  /** Path of params.yaml. */
  get paramsFile(): string {
    return `${this.dir}/params.yaml`;
  }

  /** Path of metrics.json. */
  get metricsFile(): string {
    return `${this.dir}/metrics.json`;
  }

  /** Path of the dvc.yaml that lists the run, also when it is not written by itself. */
  get dvcFile(): string {
    return this.#session.givenDvcFile;
  }

  /** Folder of histories, images and plots. */
  get plotsDir(): string {
    return `${this.dir}/plots`;
  }

  /** Folder that copied artifacts go to. */
  get artifactsDir(): string {
    return `${this.dir}/artifacts`;
  }

  /** Path of the report, when one is written. */
  get reportFile(): string | undefined {
    const { report } = this.#session.run.settings;
    return report === undefined ? undefined : `${this.dir}/report.${report}`;
  }

  /** Name of the experiment the run is saved as, once known. */
  get experimentName(): string | undefined {
    return this.#session.run.record.content.experimentName ?? undefined;
  }

  /** Step the next rows belong to: 0 at first, one past the last completed step when resumed. */
  get step(): number {
    return this.#session.step ?? 0;
  }

  set step(step: number) {
    this.#session.setStep(step);
  }

  /** Whether the run continues an earlier one. */
  get isResumed(): boolean {
    return this.#session.run.isResumed;
  }

  /**
   * Whether whoever started this process asks for a checkpoint now, because its time is nearly up, say. `checkpoint()`
   * then commits even where `every` would leave the step out; a loop that decides itself when to make one looks here.
   */
  get isCheckpointWanted(): boolean {
    return this.#session.isCheckpointWanted;
  }

  /** Last values, nested by the parts of the names; values put here are written to metrics.json as well. */
  get summary(): SummaryTree {
    this.#session.metrics.applyToSummary();
    return this.#session.run.summary.tree;
  }

  /** How the run stands. */
  get status(): RunStatus {
    return this.#session.status;
  }

  /**
   * Logs one value of a metric at the current step. Slashes in the name group metrics.
   *
   * @throws {@link InvalidDataTypeError} for a value of another kind, `InvalidMetricNameError` and
   *   {@link MetricConflictError} for a name that cannot be used; nothing is written then.
   */
  logMetric(name: string, value: MetricValue, options?: LogMetricOptions): void {
    this.#session.logMetric(name, value, options);
  }

  /** Logs several metrics: all of them or, when one cannot be logged, none. */
  logMetrics(metrics: Readonly<Record<string, MetricValue>>, options?: LogMetricOptions): void {
    this.#session.logMetrics(metrics, options);
  }

  /** Declares which direction of a metric is better, so that its best value is known. */
  defineMetric(name: string, options: { readonly goal: "min" | "max" }): void {
    this.#session.defineMetric(name, options);
  }

  /** Returns last, min, max, mean and best of a metric; `undefined` for one that was never logged. */
  summaryOf(name: string): MetricStatistics | undefined {
    return this.#session.metrics.find(name)?.figures();
  }

  /**
   * Logs one input of the run.
   *
   * @throws When the value cannot be written to params.yaml; the file stays as it is then.
   */
  logParam(name: string, value: unknown): void {
    this.#session.logParam(name, value);
  }

  /** Logs several inputs of the run: all of them or none. */
  logParams(params: Readonly<Record<string, unknown>>): void {
    this.#session.logParams(params);
  }

  /**
   * Logs an image, under `plots/images`. A name such as `samples/12` gives one image per step that viewers show as a
   * slider.
   *
   * @param image - Path of an image file or its bytes (taken as they are), or raw pixels (written as PNG).
   * @throws `InvalidImageNameError` or `InvalidImageError`; nothing is written then.
   */
  logImage(name: string, image: ImageInput): void {
    this.#session.logMedia(name, (media) => media.logImage(name, image));
  }

  /**
   * Logs data as a plot of its own, under `plots/custom`. Logging it again replaces it.
   *
   * @throws `InvalidPlotNameError` or `InvalidPlotDataError`; nothing is written then.
   */
  logPlot(name: string, data: PlotData, options: CustomPlotOptions): void {
    this.#session.logMedia(name, (media) => media.logPlot(name, data, options));
  }

  /**
   * Logs how well a classifier does, computed from labels and scores (or predicted labels, for a confusion matrix).
   *
   * @throws `InvalidPlotTypeError`, `InvalidPlotNameError` or `InvalidPlotDataError`; nothing is written then.
   */
  logClassification(
    kind: ClassificationKind,
    labels: Column<Label>,
    predictions: Column<Label>,
    options: ClassificationOptions = {},
  ): void {
    this.#session.logMedia(kind, (media) => {
      media.logClassification(kind, labels, predictions, options);
    });
  }

  /**
   * Records a file or folder the run produced: puts it into the content cache, and describes it in dvc.yaml when there
   * is something to say of it.
   *
   * @throws {@link InvalidDataTypeError} for what is no path, {@link InvalidArtifactNameError} for a name DVC refuses.
   */
  logArtifact(path: string | URL, options: ArtifactOptions = {}): void {
    this.#session.logArtifact(path, options);
  }

  /** Completes the step: when this returns, its rows are on disk, whatever happens to the process. */
  nextStep(): void {
    this.#session.nextStep();
  }

  /** Yields every item and completes a step after each; a resumed run goes on behind the items it has done. */
  track<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined>;
  track<T>(items: Iterable<T>): Generator<T, void, undefined>;
  track<T>(items: Iterable<T> | AsyncIterable<T>): Generator<T, void, undefined> | AsyncGenerator<T, void, undefined> {
    if (typeof items === "object" && items !== null && Symbol.asyncIterator in items) return this.#trackAsync(items);
    const iterable: unknown = items;
    if (
      typeof iterable !== "string" &&
      (typeof iterable !== "object" || iterable === null || !(Symbol.iterator in iterable))
    ) {
      throw new InvalidDataTypeError("items", items, "Pass a list, or anything else a `for` loop takes.");
    }
    return this.#track(items);
  }

  /**
   * Makes a checkpoint of the current step: completes its rows on disk and commits them with the files that let the loop
   * continue. Trouble warns and is returned; training goes on.
   *
   * @param paths - Files and folders, complete when this is called.
   */
  async checkpoint(paths: string | readonly string[] = [], options: CheckpointOptions = {}): Promise<CheckpointResult> {
    return await this.#session.checkpoint(paths, options);
  }

  /** Writes everything that is known now: histories, metrics.json, params, dvc.yaml, report. */
  sync(): void {
    this.#session.sync();
  }

  /** Writes metrics.json. */
  makeSummary(): void {
    this.#session.makeSummary();
  }

  /** Writes dvc.yaml, also where `dvcyaml: false` keeps it from being written by itself. */
  makeDvcyaml(): void {
    this.#session.makeDvcyaml();
  }

  /** Writes the report, where one was asked for. */
  makeReport(): void {
    this.#session.makeReport();
  }

  /** Ends the run as finished. Ending it again does nothing; inside `Live.run` the block's end does it. */
  end(): void {
    if (!this.#isInBlock) this.#session.end("finished");
  }

  /** Ends the run before its time, on purpose: it is interrupted and can be resumed. */
  abort(reason: string): void {
    this.#session.abort(reason);
  }

  /** Ends the run as failed. */
  fail(reason: unknown): void {
    this.#session.fail(reason);
  }

  /** Logs CPU, memory, disk and GPU use as `system/...` until the run ends. */
  monitorSystem(options: MonitorOptions = {}): void {
    this.#session.monitorSystem(options);
  }

  /** Reads metrics.json as it is on disk; empty when there is none. */
  readLatest(): Record<string, unknown> {
    return loadReaders().readLatest(this.#session.run.dir);
  }

  /** Reads the step of metrics.json on disk; 0 when there is none. */
  readStep(): number {
    return loadReaders().readStep(this.#session.run.dir);
  }

  [Symbol.dispose](): void {
    this.#session.endByBlock();
  }

  *#track<T>(items: Iterable<T>): Generator<T, void, undefined> {
    let index = 0;
    const done = this.step;
    for (const item of items) {
      index += 1;
      if (index <= done) continue;
      yield item;
      this.nextStep();
    }
  }

  async *#trackAsync<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    let index = 0;
    const done = this.step;
    for await (const item of items) {
      index += 1;
      if (index <= done) continue;
      yield item;
      this.nextStep();
    }
  }
}
