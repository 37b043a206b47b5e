import type { TemplateNode } from "../template.ts";

/** What every template starts with. */
export const BASE = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  data: { values: "<DVC_METRIC_DATA>" },
  title: "<DVC_METRIC_TITLE>",
} satisfies Record<string, TemplateNode>;

/** Size of a chart that is not faceted. */
export const SIZE = {
  width: "<DVC_METRIC_PLOT_WIDTH>",
  height: "<DVC_METRIC_PLOT_HEIGHT>",
} satisfies Record<string, TemplateNode>;

/** A numeric x channel. */
export const X = {
  field: "<DVC_METRIC_X>",
  type: "quantitative",
  title: "<DVC_METRIC_X_LABEL>",
} satisfies TemplateNode;

/** A numeric y channel that does not start at zero. */
export const Y = {
  field: "<DVC_METRIC_Y>",
  type: "quantitative",
  title: "<DVC_METRIC_Y_LABEL>",
  scale: { zero: false },
} satisfies TemplateNode;
