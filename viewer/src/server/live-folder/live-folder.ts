import { basename, join } from "node:path";
import { parsePythonJson, RUN_FILE, RUN_FOLDER, STEP_FILE, type RunFile } from "@waymark/core";
import { History, type HistoryShelf } from "../history/history.ts";
import { statIfSeen } from "../history/stat.ts";
import type { CheckpointInfo, ImageInfo, PlotInfo, RunInfo } from "../../protocol.ts";
import type { ForeignProcess } from "./foreign-process.ts";
import { groupImages, type ImageFile } from "./images.ts";
import type { FolderLayout } from "./layout.ts";
import { listFiles } from "./list-files.ts";
import { listMetrics } from "./metric-rows.ts";
import { metricNameOf } from "./metric-name.ts";
import { parseParamValues, type ParamValues } from "./params.ts";
import { parseKeptCheckpoints } from "./kept-checkpoints.ts";
import { parseRunFile } from "./parse-run-file.ts";
import type { PlotSettings } from "./plot-settings.ts";
import { collectPlots } from "./plots.ts";
import { RunClock } from "./run-clock.ts";
import { RunPace } from "./run-pace.ts";
import { judgeRun } from "./run-state.ts";
import { SmallFile } from "./small-file.ts";
import { readStepFile } from "./step-file.ts";
import { flattenSummaryValues, type SummaryValues } from "./summary.ts";

/** Where a live folder is and what it is read with. */
export interface LiveFolderOptions {
  /** Absolute path of the project. */
  readonly root: string;
  /** Path of the folder relative to the root, with forward slashes; `.` is the root itself. */
  readonly folder: string;
  readonly layout: FolderLayout;
  readonly shelf: HistoryShelf;
  /** What dvc.yaml files say of plots. */
  readonly plotSettings: PlotSettings;
  /** Who may log to folders without a run file. */
  readonly foreignProcess: ForeignProcess;
  /** When the last recorded run of the workspace ended, epoch milliseconds; `undefined` while one goes on. */
  readonly overMs: () => number | undefined;
}

/** What an experiment in Git adds to the live folder that produces it. */
export interface ExperimentLink {
  readonly checkpoints: readonly CheckpointInfo[];
  readonly commit: string | null;
  readonly baseline: string | null;
  readonly baselineName: string | null;
}

/** One folder that a logger writes to, as a run of the catalog. */
export class LiveFolder {
  readonly id: string;
  readonly folder: string;
  readonly path: string;
  readonly clock = new RunClock();
  /** When anything of the run last changed, epoch milliseconds. */
  lastDataMs = 0;
  /** What went wrong with reading the folder, if anything did that has no better place. */
  failure: string | undefined;
  /** The experiment that this run's checkpoints belong to, when Git knows it. */
  experiment: ExperimentLink | undefined;
  readonly #options: LiveFolderOptions;
  readonly #runFile: SmallFile<RunFile>;
  readonly #params: SmallFile<ParamValues>;
  readonly #summary: SmallFile<SummaryValues>;
  readonly #kept: SmallFile<readonly CheckpointInfo[]>;
  readonly #histories = new Map<string, History>();
  readonly #pace = new RunPace();
  #images: readonly ImageInfo[] = [];
  #plots: readonly PlotInfo[] = [];
  #media: ReadonlySet<string> = new Set();
  #metricFolders: readonly string[] = [];
  #step: number | undefined;
  #createdMs = 0;
  #isCut = false;

  constructor(options: LiveFolderOptions) {
    const { root, folder, layout } = options;
    this.#options = options;
    this.id = `live:${folder}`;
    this.folder = folder;
    this.path = join(root, folder);
    this.#runFile = new SmallFile(join(this.path, RUN_FOLDER, RUN_FILE), parseRunFile);
    this.#kept = new SmallFile(join(this.path, "checkpoints.json"), parseKeptCheckpoints);
    this.#params = new SmallFile(join(this.path, "params.yaml"), parseParamValues);
    this.#summary = new SmallFile(join(this.path, layout.summary), (text) =>
      flattenSummaryValues(parsePythonJson(text, { path: layout.summary })),
    );
  }

  /** The run file, when a logger of ours writes here. */
  get runFile(): RunFile | undefined {
    return this.#runFile.value;
  }

  /** Whether one file tells of every completed step, so that histories need not be watched one by one. */
  get hasStepFile(): boolean {
    return this.#runFile.value !== undefined && this.#step !== undefined;
  }

  /** Folders, absolute, in which histories lie. */
  get metricFolders(): readonly string[] {
    return this.#metricFolders;
  }

  history(metric: string): History | undefined {
    return this.#histories.get(metric);
  }

  histories(): Iterable<History> {
    return this.#histories.values();
  }

  get metricCount(): number {
    return this.#histories.size;
  }

  /** Whether a history has rows that wait to be read. */
  hasWaiting(): boolean {
    for (const history of this.#histories.values()) if (history.isBehind) return true;
    return false;
  }

  /** Tells whether the catalog lists `path` (an image or a plot's data) for this run. */
  listsMedia(path: string): boolean {
    return this.#media.has(path);
  }

  /** Reads the small files again. @returns Whether any changed. */
  refreshFiles(nowMs: number): boolean {
    const before = this.#runFile.value?.runId;
    const files = [this.#runFile, this.#params, this.#summary, this.#kept];
    const changes = files.map((file) => file.refresh());
    if (this.#runFile.value?.runId !== before) this.#pace.reset();
    this.#noteStep(nowMs);
    this.lastDataMs = Math.max(this.lastDataMs, this.#summary.modifiedMs);
    const summaryStep = this.#summary.value?.step;
    if (this.#step === undefined && summaryStep !== undefined)
      this.#noteCompleted(summaryStep, this.#summary.modifiedMs);
    return changes.includes(true);
  }

  /** Looks for new, vanished and changed files. @returns Whether the lists of metrics, images or plots changed. */
  scan(): boolean {
    const { layout } = this.#options;
    const metrics = listFiles(join(this.path, layout.metrics));
    const changes = [this.#updateHistories(metrics.files), this.#scanImages(), this.#scanPlots()];
    this.#metricFolders = metrics.folders.map((folder) => join(this.path, layout.metrics, folder));
    this.#isCut = metrics.isCut;
    this.#createdMs = statIfSeen(join(this.path, layout.metrics))?.birthtimeMs ?? 0;
    this.#media = new Set([
      ...this.#images.flatMap((image) => image.frames.map((frame) => frame.path)),
      ...this.#plots.map((plot) => plot.path),
    ]);
    return changes.includes(true);
  }

  /** Looks at the histories that are drawn. @returns Whether any of them changed. */
  pollRetained(nowMs: number): boolean {
    this.#noteStep(nowMs);
    return this.#poll(nowMs, true);
  }

  /** Looks at the histories that are only counted. @returns Whether any of them changed. */
  pollCounted(nowMs: number): boolean {
    return this.#poll(nowMs, false);
  }

  /** The run's row of the catalog as of now. */
  row(nowMs: number): RunInfo {
    const file = this.#runFile.value;
    const { lastDataMs } = this;
    const foreignPid = file === undefined ? this.#options.foreignProcess.of(lastDataMs) : undefined;
    const announcedMs = this.#runFile.modifiedMs;
    const { intervalMs } = this.#pace;
    const overMs = this.#options.overMs();
    const verdict = judgeRun(file, { nowMs, lastDataMs, announcedMs, intervalMs, foreignPid, overMs });
    const hasEnded = verdict.state !== "running" && verdict.state !== "stalled" && lastDataMs > 0;
    const startedAt = file?.startedAt ?? isoOf(this.#createdMs);
    const metrics = listMetrics(this.#histories.values(), this.#summary.value);
    const { experiment } = this;
    return {
      id: this.id,
      name: file?.experimentName ?? (this.folder === "." ? basename(this.path) : this.folder),
      kind: "live",
      state: verdict.state,
      reason: verdict.reason,
      folder: this.folder,
      baseline: experiment?.baseline ?? file?.baseline ?? null,
      baselineName: experiment?.baselineName ?? null,
      commit: experiment?.commit ?? null,
      isoStartedAt: startedAt,
      isoEndedAt: file?.endedAt ?? (hasEnded ? isoOf(lastDataMs) : null),
      step: this.#step ?? this.#summary.value?.step ?? maxStep(metrics),
      totalSteps: file?.totalSteps ?? null,
      params: this.#params.value ?? {},
      metrics,
      checkpoints: experiment?.checkpoints ?? this.#kept.value ?? [],
      images: this.#images,
      plots: this.#plots,
      problems: this.#problems(),
    };
  }

  /** When the run began, epoch milliseconds: where its relative times start. */
  get startedMs(): number {
    const announced = Date.parse(this.#runFile.value?.startedAt ?? "") || 0;
    // A resumed run says when it was resumed; its folder knows when it began.
    return announced === 0 || this.#createdMs === 0
      ? announced || this.#createdMs
      : Math.min(announced, this.#createdMs);
  }

  close(): void {
    for (const history of this.#histories.values()) history.close();
  }

  #poll(nowMs: number, retained: boolean): boolean {
    let hasChanged = false;
    for (const history of this.#histories.values()) {
      if (history.isRetained !== retained || history.isBehind) continue;
      if (!history.poll(nowMs)) continue;
      hasChanged = true;
      this.#noteData(nowMs);
    }
    return hasChanged;
  }

  #noteData(nowMs: number): void {
    this.lastDataMs = Math.max(this.lastDataMs, nowMs);
  }

  #noteStep(nowMs: number): void {
    const completed = readStepFile(join(this.path, RUN_FOLDER, STEP_FILE));
    if (completed === undefined) {
      this.#step = undefined;
      return;
    }
    if (completed.step === this.#step) return;
    this.#step = completed.step;
    this.#noteCompleted(completed.step, completed.timeMs);
    this.lastDataMs = Math.max(this.lastDataMs, Math.min(completed.timeMs, nowMs));
  }

  #noteCompleted(step: number, timeMs: number): void {
    this.#pace.note(step, timeMs);
    // The first step was complete one step after the start.
    if (this.clock.lastStep === -Infinity && this.startedMs > 0) this.clock.note(-1, this.startedMs);
    this.clock.note(step, timeMs);
  }

  #updateHistories(files: readonly string[]): boolean {
    let hasChanged = false;
    const seen = new Set<string>();
    for (const file of files) {
      const name = metricNameOf(file);
      if (name === undefined || seen.has(name)) continue;
      seen.add(name);
      if (this.#histories.has(name)) continue;
      const path = join(this.path, this.#options.layout.metrics, file);
      this.#histories.set(name, new History(name, path, this.#options.shelf));
      this.lastDataMs = Math.max(this.lastDataMs, statIfSeen(path)?.mtimeMs ?? 0);
      hasChanged = true;
    }
    for (const [name, history] of this.#histories) {
      // A history somebody draws stays, empty, until the file comes back: a run that starts anew makes it again.
      if (seen.has(name) || history.isRetained) continue;
      history.close();
      this.#histories.delete(name);
      hasChanged = true;
    }
    return hasChanged;
  }

  #scanImages(): boolean {
    const { layout } = this.#options;
    const files = this.#versions(layout.images);
    const images = groupImages(files, layout.images, layout.isStepFirst);
    const hasChanged = JSON.stringify(images) !== JSON.stringify(this.#images);
    if (hasChanged) this.#images = images;
    return hasChanged;
  }

  #scanPlots(): boolean {
    const { layout, folder, plotSettings } = this.#options;
    plotSettings.refresh(folder);
    const files = layout.plots.flatMap((plots) => this.#versions(plots).map((file) => ({ ...file, folder: plots })));
    const plots = collectPlots(files, folder, (path) => plotSettings.of(path));
    const hasChanged = JSON.stringify(plots) !== JSON.stringify(this.#plots);
    if (hasChanged) this.#plots = plots;
    return hasChanged;
  }

  #versions(folder: string): ImageFile[] {
    const files: ImageFile[] = [];
    for (const path of listFiles(join(this.path, folder)).files) {
      const stats = statIfSeen(join(this.path, folder, path));
      if (stats !== undefined)
        files.push({ path, version: `${stats.mtimeMs.toString(36)}-${stats.size.toString(36)}` });
    }
    return files;
  }

  #problems(): RunInfo["problems"] {
    const files = [this.#runFile, this.#params, this.#summary, this.#kept];
    const problems = files.flatMap(({ path, problem }) => (problem === undefined ? [] : [{ path, message: problem }]));
    for (const { path, problem } of this.#histories.values()) {
      if (problem !== undefined) problems.push({ path, message: problem });
    }
    if (this.#isCut) problems.push({ path: this.path, message: "too many files: some metrics are not shown" });
    if (this.failure !== undefined) problems.push({ path: this.path, message: this.failure });
    const prefix = `${this.path}/`;
    return problems.map(({ path, message }) => ({ path: path.replace(prefix, ""), message }));
  }
}

function maxStep(metrics: readonly { readonly lastStep: number | null }[]): number | null {
  let step: number | null = null;
  for (const { lastStep } of metrics) if (lastStep !== null && (step === null || lastStep > step)) step = lastStep;
  return step;
}

function isoOf(timeMs: number): string | null {
  return timeMs > 0 ? new Date(timeMs).toISOString() : null;
}
