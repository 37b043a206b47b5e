/** Fixed margins around the plot, in CSS pixels: charts line up with each other, and overlays know where the plot is. */
export const MARGINS = { left: 50, right: 12, top: 8, bottom: 22 } as const;

/** The plot area inside a chart's canvas. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The plot area of a canvas of this size. */
export function plotArea(width: number, height: number): PlotArea {
  return {
    left: MARGINS.left,
    top: MARGINS.top,
    width: Math.max(10, width - MARGINS.left - MARGINS.right),
    height: Math.max(10, height - MARGINS.top - MARGINS.bottom),
  };
}
