import type { PlotTemplate, TemplateNode } from "../template.ts";
import { BASE, SIZE, X, Y } from "./shared.ts";

const COLORS = { color: "<DVC_METRIC_COLOR>", strokeDash: "<DVC_METRIC_STROKE_DASH>" } satisfies TemplateNode;

/** A locally smoothed line with a slider, the line as logged faintly behind it. */
const content: PlotTemplate["content"] = {
  ...BASE,
  ...SIZE,
  params: [
    { name: "smooth", value: 0.001, bind: { input: "range", min: 0.001, max: 1, step: 0.001, name: "Smoothing " } },
  ],
  encoding: COLORS,
  layer: [
    {
      params: ["<DVC_METRIC_ZOOM_AND_PAN>"],
      mark: { type: "line", opacity: 0.25 },
      encoding: { x: X, y: Y, tooltip: "<DVC_METRIC_TOOLTIP>" },
    },
    {
      transform: [
        {
          loess: "<DVC_METRIC_Y>",
          on: "<DVC_METRIC_X>",
          groupby: "<DVC_METRIC_GROUP_BY>",
          bandwidth: { signal: "smooth" },
          // Names of our own: a field called "a.b" would come out under a name that no channel finds.
          as: ["smoothed_x", "smoothed_y"],
        },
      ],
      mark: "line",
      encoding: { x: { ...X, field: "smoothed_x" }, y: { ...Y, field: "smoothed_y" } },
    },
  ],
};

/** The default template. */
export const linear: PlotTemplate = { name: "linear", content };

/** The same under the name it had when smoothing was new. */
export const smooth: PlotTemplate = { name: "smooth", content };
