import type { PlotTemplate, TemplateNode } from "../template.ts";
import { BASE, SIZE, X } from "./shared.ts";

function bars(name: string, order: Record<string, TemplateNode>): PlotTemplate {
  return {
    name,
    content: {
      ...BASE,
      ...SIZE,
      params: ["<DVC_METRIC_ZOOM_AND_PAN>"],
      mark: { type: "bar", tooltip: { content: "data" } },
      encoding: {
        x: X,
        y: { field: "<DVC_METRIC_Y>", type: "nominal", title: "<DVC_METRIC_Y_LABEL>", ...order },
        yOffset: { field: "rev", sort: null },
        color: "<DVC_METRIC_COLOR>",
        column: "<DVC_METRIC_COLUMN>",
      },
    },
  };
}

/** One bar per category, in the order of the data. */
export const barHorizontal = bars("bar_horizontal", { sort: null });

/** One bar per category, longest first. */
export const barHorizontalSorted = bars("bar_horizontal_sorted", { sort: "-x" });
