import type { Smoothing, XAxis } from "../../protocol.ts";
import type { ChartColors } from "../state/theme.ts";
import type { Range, YScale } from "../state/view-state.ts";

/** One line of a chart: a metric of a run. */
export interface ChartLine {
  readonly run: string;
  readonly metric: string;
  readonly split: string | null;
  readonly color: string;
  readonly dash: readonly number[];
  /** The run's name. */
  readonly name: string;
  /** Whether the run still goes on: the tail follows those that do. */
  readonly isActive: boolean;
}

/** Checkpoints of one run, as x positions. */
export interface CheckpointTicks {
  readonly run: string;
  readonly color: string;
  readonly positions: readonly number[];
}

/** Everything that decides what a chart shows. */
export interface ChartOptions {
  readonly lines: readonly ChartLine[];
  readonly checkpoints: readonly CheckpointTicks[];
  readonly x: XAxis;
  readonly logX: boolean;
  readonly yScale: YScale;
  readonly smoothing: Smoothing;
  readonly window: Range | null;
  readonly yWindow: Range | null;
  readonly tail: number | null;
  readonly isRobust: boolean;
  readonly colors: ChartColors;
}

/** What is true of the points on screen. */
export interface ChartStats {
  readonly isLoaded: boolean;
  /** Points held for the lines' window, and points on disk there. */
  readonly shown: number;
  readonly total: number;
  readonly isExact: boolean;
  readonly nonFinite: number;
  readonly firstNonFinite: { readonly x: number; readonly kind: string } | null;
  /** Whether some points lie outside the y range on purpose. */
  readonly isClipped: boolean;
  /** The one value of all points, when there are at least five and all are equal. */
  readonly constant: number | null;
  /** The newest x on screen. */
  readonly lastX: number | null;
  readonly error: string | null;
}

export const EMPTY_STATS: ChartStats = {
  isLoaded: false,
  shown: 0,
  total: 0,
  isExact: true,
  nonFinite: 0,
  firstNonFinite: null,
  isClipped: false,
  constant: null,
  lastX: null,
  error: null,
};

/** Identifies a line among those of a chart. */
export function lineKey(line: { readonly run: string; readonly metric: string }): string {
  return `${line.run}\n${line.metric}`;
}
