import type { PlotTemplate } from "../template.ts";
import { BASE, SIZE, X, Y } from "./shared.ts";

/** Points, one shape per source. */
export const scatter: PlotTemplate = {
  name: "scatter",
  content: {
    ...BASE,
    ...SIZE,
    params: ["<DVC_METRIC_ZOOM_AND_PAN>"],
    mark: { type: "point", filled: true, opacity: 0.75 },
    encoding: { x: X, y: Y, color: "<DVC_METRIC_COLOR>", shape: "<DVC_METRIC_SHAPE>", tooltip: "<DVC_METRIC_TOOLTIP>" },
  },
};

/** Points of a few categories, moved aside at random so that those on one spot are seen apart. */
export const scatterJitter: PlotTemplate = {
  name: "scatter_jitter",
  content: {
    ...BASE,
    ...SIZE,
    transform: [
      { calculate: "random()", as: "jitter_x" },
      { calculate: "random()", as: "jitter_y" },
    ],
    mark: { type: "point", filled: true, opacity: 0.75 },
    encoding: {
      x: { field: "<DVC_METRIC_X>", type: "nominal", title: "<DVC_METRIC_X_LABEL>" },
      y: { field: "<DVC_METRIC_Y>", type: "nominal", title: "<DVC_METRIC_Y_LABEL>" },
      xOffset: { field: "jitter_x", type: "quantitative" },
      yOffset: { field: "jitter_y", type: "quantitative" },
      color: "<DVC_METRIC_COLOR>",
      shape: "<DVC_METRIC_SHAPE>",
      tooltip: "<DVC_METRIC_TOOLTIP>",
    },
  },
};
