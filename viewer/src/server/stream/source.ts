import type { Series } from "../history/series.ts";
import type { RunClock } from "../live-folder/run-clock.ts";

/** Where a line's points come from: a file that is tailed, or a blob of a commit. */
export interface PointSource {
  readonly series: Series;
  /** Keeps the points in memory until the same number of calls to `release`. */
  retain(): void;
  release(): void;
}

/** When things happened in a run. */
export interface RunTiming {
  /** Where relative times start, epoch milliseconds; 0 when not known. */
  readonly startedMs: number;
  readonly clock: RunClock;
}

/** A line of a chart: its points and their run. */
export interface LineSource {
  readonly points: PointSource;
  readonly timing: RunTiming;
}

/** Finds the source of a line; `undefined` while the run or the metric does not exist. */
export type FindSource = (run: string, metric: string) => LineSource | undefined;
