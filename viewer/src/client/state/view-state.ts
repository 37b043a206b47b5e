import type { Smoothing, XAxis } from "../../protocol.ts";

export type YScale = "linear" | "log" | "symlog";

/** Lower and upper end, in axis units. */
export type Range = readonly [number, number];

/** A point somebody clicked to keep. */
export interface Reading {
  readonly chart: string;
  readonly run: string;
  readonly metric: string;
  readonly x: number;
}

/**
 * Everything about the view that a link carries. What is not here (hover, open menus) is gone with the page. Maps, not
 * objects, where keys come from names: a metric may be called `__proto__`.
 */
export interface ViewState {
  readonly x: XAxis;
  readonly logX: boolean;
  readonly yScale: YScale;
  /** Per chart, over `yScale`. */
  readonly yScales: ReadonlyMap<string, YScale>;
  readonly smoothing: Smoothing;
  readonly smoothings: ReadonlyMap<string, Smoothing>;
  /** The x window of all charts; null is everything. */
  readonly window: Range | null;
  readonly windows: ReadonlyMap<string, Range>;
  readonly yWindows: ReadonlyMap<string, Range>;
  /** Show the last so many x units and follow; null is off. */
  readonly tail: number | null;
  /** Whether y shows every point, or leaves out the few that would flatten the rest. */
  readonly outliers: "robust" | "all";
  /** Runs shown or hidden by hand, over the default choice. */
  readonly shown: readonly string[];
  readonly hidden: readonly string[];
  readonly pinned: readonly string[];
  /** Colour slots chosen by hand, by run. */
  readonly colors: ReadonlyMap<string, number>;
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  readonly readings: readonly Reading[];
  /** The chart shown alone. */
  readonly full: string | null;
  /** The run whose details are open. */
  readonly details: string | null;
  /** What the search box says. */
  readonly query: string;
}

export const NO_SMOOTHING: Smoothing = { kind: "none" };

export const DEFAULT_VIEW: ViewState = {
  x: "step",
  logX: false,
  yScale: "linear",
  yScales: new Map(),
  smoothing: NO_SMOOTHING,
  smoothings: new Map(),
  window: null,
  windows: new Map(),
  yWindows: new Map(),
  tail: null,
  outliers: "robust",
  shown: [],
  hidden: [],
  pinned: [],
  colors: new Map(),
  opened: [],
  closed: [],
  readings: [],
  full: null,
  details: null,
  query: "",
};
