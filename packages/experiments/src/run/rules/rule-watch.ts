import { join } from "node:path";
import { InvalidMetricNameError, parseMetricName } from "@waymark/core/formats/metric-name";
import { findLoggedFolders, historyPaths } from "./find-histories.ts";
import { HistorySource, stampFile, type FileStamp } from "./history-source.ts";
import { RuleState, type RuleStop } from "./rule-state.ts";
import type { StopRule } from "./stop-rule.ts";
import { SummarySource } from "./summary-source.ts";

/** Where a run may log. All paths are absolute. */
export interface RuleWatchOptions {
  /** Root of the work tree; live folders below it are found. */
  readonly root: string;
  /** Live folders that are known, such as `live` in the folder of the command. Default: none. */
  readonly folders?: readonly string[];
  /** Metrics files of the project, for what has no history. Default: none. */
  readonly metricsFiles?: readonly string[];
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** Names that loggers give their summary. */
const SUMMARY = "metrics.json";
/** How often files are looked at, and at first the folders. */
const POLL_MS = 250;
const SEARCH_MS = 2000;
const LONGEST_SEARCH_MS = 60_000;

/**
 * Follows the metrics that stop rules are about, in the histories of live folders and in metrics files, and says when to
 * stop. What lies there from an earlier run counts only once this run has changed it.
 */
export class RuleWatch {
  readonly #options: RuleWatchOptions;
  readonly #watched: readonly WatchedRule[];
  readonly #nowMs: () => number;
  readonly #folders: Set<string>;
  #searchedMs: number;
  #searchMs = SEARCH_MS;
  #timer: NodeJS.Timeout | undefined;

  /** Looks at what is there already; to be made before anything of the run begins. */
  constructor(rules: readonly StopRule[], options: RuleWatchOptions) {
    const { root, folders = [], metricsFiles = [], nowMs = Date.now } = options;
    this.#options = options;
    this.#nowMs = nowMs;
    this.#searchedMs = nowMs();
    const found = rules.length === 0 ? [] : findLoggedFolders(root);
    this.#folders = new Set([...folders, ...found]);
    const summaries = [...metricsFiles, ...[...this.#folders].map((folder) => join(folder, SUMMARY))];
    this.#watched = rules.map((rule) => new WatchedRule(rule, [...this.#folders], [...new Set(summaries)]));
  }

  /** Metrics of rules that nothing was logged for. */
  get unseen(): readonly string[] {
    return [...new Set(this.#watched.filter(({ isSeen }) => !isSeen).map(({ rule }) => rule.metric))];
  }

  /** Reads what is new. @returns The rules that say to stop now, each once. */
  poll(): readonly RuleStop[] {
    this.#search();
    return this.#watched.flatMap((watched) => watched.poll() ?? []);
  }

  /** Looks every quarter of a second until it is closed. */
  start(onStop: (stop: RuleStop) => void): void {
    if (this.#watched.length === 0) return;
    this.#timer = setInterval(() => {
      for (const stop of this.poll()) onStop(stop);
    }, POLL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #search(): void {
    if (this.#watched.every(({ hasHistory }) => hasHistory)) return;
    const nowMs = this.#nowMs();
    if (nowMs - this.#searchedMs < this.#searchMs) return;
    this.#searchedMs = nowMs;
    this.#searchMs = Math.min(LONGEST_SEARCH_MS, this.#searchMs * 2);
    for (const folder of findLoggedFolders(this.#options.root)) {
      if (this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      for (const watched of this.#watched) watched.addFolder(folder);
    }
  }
}

/** A rule with the places where its metric may be. A history is preferred: it has every value. */
class WatchedRule {
  readonly rule: StopRule;
  readonly #state: RuleState;
  readonly #names: readonly (readonly string[])[];
  #histories: HistorySource[] = [];
  #summaries: SummarySource[];
  #stop: RuleStop | undefined;
  #isOver = false;
  #hasHistory = false;
  #hasSummary = false;

  constructor(rule: StopRule, folders: readonly string[], summaries: readonly string[]) {
    this.rule = rule;
    this.#state = new RuleState(rule);
    this.#names = fileNames(rule.metric);
    this.#histories = folders.flatMap((folder) => this.#historiesOf(folder, stampFile));
    this.#summaries = summaries.map((path) => new SummarySource(path, rule.metric, stampFile(path)));
  }

  get isSeen(): boolean {
    return this.#hasHistory || this.#hasSummary;
  }

  get hasHistory(): boolean {
    return this.#hasHistory;
  }

  /** Adds a live folder that was not there when the run began: all that is in it is the run's. */
  addFolder(folder: string): void {
    if (this.#hasHistory) return;
    this.#histories.push(...this.#historiesOf(folder, () => undefined));
    this.#summaries.push(new SummarySource(join(folder, SUMMARY), this.rule.metric, undefined));
  }

  /** @returns What to stop for, once. */
  poll(): RuleStop | undefined {
    if (this.#isOver) return undefined;
    if (!this.#pollHistories()) for (const summary of this.#summaries) summary.poll(this.#sink(true));
    if (this.#stop !== undefined) this.#isOver = true;
    return this.#stop;
  }

  #pollHistories(): boolean {
    for (const history of this.#histories) {
      if (!history.poll(this.#sink(false))) continue;
      if (!this.#hasHistory) {
        this.#hasHistory = true;
        this.#histories = [history];
        this.#summaries = [];
      }
      return true;
    }
    return this.#hasHistory;
  }

  #sink(isSummary: boolean): { take: (step: number, value: number) => void; reset: () => void } {
    return {
      take: (step, value) => {
        // What the summary said until now is in the history as well.
        if (!isSummary && this.#hasSummary) this.#state.reset();
        this.#hasSummary = isSummary;
        this.#stop ??= this.#state.take(step, value);
      },
      reset: () => this.#state.reset(),
    };
  }

  #historiesOf(folder: string, stamp: (path: string) => FileStamp | undefined): HistorySource[] {
    return this.#names
      .flatMap((segments) => historyPaths(folder, segments))
      .map((path) => new HistorySource(path, stamp(path)));
  }
}

/** A metric is logged as `val/loss`, and shown by DVC as `val.loss`: either may be meant. */
function fileNames(metric: string): readonly (readonly string[])[] {
  const names = new Set([metric, metric.includes("/") ? metric : metric.replaceAll(".", "/")]);
  return [...names].flatMap((name) => {
    try {
      return [parseMetricName(name).fileSegments];
    } catch (error) {
      if (error instanceof InvalidMetricNameError) return [];
      throw error;
    }
  });
}
