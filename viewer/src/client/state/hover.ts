import { signal } from "@preact/signals";

/** Where the crosshair stands: on every chart at the same x. */
export interface Crosshair {
  /** The chart under the pointer or the keyboard. */
  readonly chart: string;
  readonly x: number;
  /** Height of the pointer inside the plot, in pixels; null when keys move it. */
  readonly pixelY: number | null;
  /** Line that keys have chosen, as an index into the chart's lines. */
  readonly line: number | null;
  /** Pointer position on screen, for the tooltip. */
  readonly clientX: number;
  readonly clientY: number;
}

export const crosshair = signal<Crosshair | null>(null);
/** The tooltip stays where it is until Escape or another Shift-click. */
export const isTooltipFrozen = signal(false);
/** The run that stands out everywhere, while something points at it. */
export const highlightedRun = signal<string | null>(null);
