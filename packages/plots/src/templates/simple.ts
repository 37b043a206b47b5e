import type { PlotTemplate } from "../template.ts";
import { BASE, SIZE, X, Y } from "./shared.ts";

/** Lines through the points in the order of the data, so that curves may turn back. */
export const simple: PlotTemplate = {
  name: "simple",
  content: {
    ...BASE,
    ...SIZE,
    params: ["<DVC_METRIC_ZOOM_AND_PAN>"],
    mark: { type: "line", tooltip: { content: "data" } },
    encoding: {
      x: X,
      y: Y,
      color: "<DVC_METRIC_COLOR>",
      strokeDash: "<DVC_METRIC_STROKE_DASH>",
      order: { value: null },
      tooltip: "<DVC_METRIC_TOOLTIP>",
    },
  },
};
