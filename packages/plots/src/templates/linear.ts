import type { PlotTemplate } from "../template.ts";
import { BASE, SIZE, X, Y } from "./shared.ts";

const REVISION_COLOR = { field: "rev", type: "nominal" } as const;
/** The x that the pointer is nearest to. */
const HOVER = { param: "hover", empty: false } as const;
// Names of our own: a field called "a.b" would come out under a name that no channel finds.
const SMOOTHED = { x: { ...X, field: "smoothed_x" }, y: { ...Y, field: "smoothed_y" } } as const;

/**
 * A line smoothed locally as far as a slider says, the line as logged faintly behind it, a dot where each line ends,
 * and under the pointer a rule with the values of all lines there.
 */
const content: PlotTemplate["content"] = {
  ...BASE,
  ...SIZE,
  params: [
    { name: "smooth", value: 0.001, bind: { input: "range", min: 0.001, max: 1, step: 0.001, name: "Smoothing " } },
  ],
  encoding: { x: X, color: "<DVC_METRIC_COLOR>", strokeDash: "<DVC_METRIC_STROKE_DASH>" },
  layer: [
    {
      transform: [
        {
          loess: "<DVC_METRIC_Y>",
          on: "<DVC_METRIC_X>",
          groupby: "<DVC_METRIC_GROUP_BY>",
          bandwidth: { signal: "smooth" },
          as: ["smoothed_x", "smoothed_y"],
        },
      ],
      layer: [
        {
          params: ["<DVC_METRIC_ZOOM_AND_PAN>"],
          mark: "line",
          encoding: { ...SMOOTHED, color: REVISION_COLOR },
        },
      ],
    },
    { mark: { type: "line", opacity: 0.25 }, encoding: { y: Y, color: REVISION_COLOR } },
    {
      mark: { type: "circle", size: 14 },
      encoding: {
        x: { ...X, aggregate: "max" },
        y: { ...Y, aggregate: { argmax: "<DVC_METRIC_X>" } },
        color: REVISION_COLOR,
      },
    },
    {
      mark: { type: "circle", size: 40 },
      encoding: {
        y: Y,
        color: REVISION_COLOR,
        // Filtered points would leave a scale without any until the pointer is there.
        opacity: { condition: { ...HOVER, value: 1 }, value: 0 },
      },
    },
    {
      transform: [
        { calculate: "<DVC_METRIC_PIVOT_FIELD>", as: "series" },
        { pivot: "series", value: "<DVC_METRIC_Y>", groupby: ["<DVC_METRIC_X>"], op: "mean" },
      ],
      params: [
        {
          name: "hover",
          select: {
            type: "point",
            fields: ["<DVC_METRIC_X>"],
            nearest: true,
            on: "pointerover",
            clear: "pointerout",
          },
        },
      ],
      mark: { type: "rule", stroke: "grey", tooltip: { content: "data" } },
      encoding: { opacity: { condition: { ...HOVER, value: 0.4 }, value: 0 } },
    },
  ],
};

/** The default template. */
export const linear: PlotTemplate = { name: "linear", content };

/** The same under the name it had when smoothing was new. */
export const smooth: PlotTemplate = { name: "smooth", content };
