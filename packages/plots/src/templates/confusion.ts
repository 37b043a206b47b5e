import type { PlotTemplate, TemplateNode } from "../template.ts";
import { BASE, SIZE } from "./shared.ts";

const NUMBERS: TemplateNode = {
  name: "showNumbers",
  value: true,
  bind: { input: "checkbox", name: "Numbers " },
};

/**
 * How many samples fall into each cell; cells without any count as 0. It is done per panel, so that revisions and
 * sources are counted apart.
 */
const COUNT: readonly TemplateNode[] = [
  { aggregate: [{ op: "count", as: "cell_count" }], groupby: ["<DVC_METRIC_X>", "<DVC_METRIC_Y>"] },
  { impute: "cell_count", key: "<DVC_METRIC_X>", groupby: ["<DVC_METRIC_Y>"], value: 0 },
  { impute: "cell_count", key: "<DVC_METRIC_Y>", groupby: ["<DVC_METRIC_X>"], value: 0 },
];

/** What share of its row each cell is. */
const SHARE: readonly TemplateNode[] = [
  { joinaggregate: [{ op: "sum", field: "cell_count", as: "row_count" }], groupby: ["<DVC_METRIC_Y>"] },
  { calculate: "datum.row_count > 0 ? datum.cell_count / datum.row_count : 0", as: "cell_share" },
];

function matrix(name: string, transform: readonly TemplateNode[], field: string, format: string): PlotTemplate {
  return {
    name,
    content: {
      ...BASE,
      params: [NUMBERS],
      facet: { column: { field: "rev", title: null, sort: [] }, row: "<DVC_METRIC_ROW>" },
      spec: {
        ...SIZE,
        transform: [...transform, { joinaggregate: [{ op: "max", field, as: "cell_max" }], groupby: [] }],
        encoding: {
          x: {
            field: "<DVC_METRIC_X>",
            type: "nominal",
            sort: "ascending",
            title: "<DVC_METRIC_X_LABEL>",
            axis: { labelAngle: 0 },
          },
          y: { field: "<DVC_METRIC_Y>", type: "nominal", sort: "ascending", title: "<DVC_METRIC_Y_LABEL>" },
        },
        layer: [
          {
            mark: "rect",
            encoding: {
              color: {
                field,
                type: "quantitative",
                title: null,
                scale: { scheme: "blues", domainMin: 0 },
                legend: { gradientLength: 120 },
              },
              tooltip: [
                { field: "<DVC_METRIC_X>", type: "nominal" },
                { field: "<DVC_METRIC_Y>", type: "nominal" },
                { field, type: "quantitative", format },
              ],
            },
          },
          {
            mark: { type: "text", fontSize: 10.5 },
            encoding: {
              text: { field, type: "quantitative", format },
              opacity: { condition: { test: "showNumbers", value: 1 }, value: 0 },
              color: {
                condition: { test: `datum.${field} > datum.cell_max * 0.5`, value: "white" },
                value: "#1b2330",
              },
            },
          },
        ],
      },
    },
  };
}

/** Counts of predictions by true label. */
export const confusion = matrix("confusion", COUNT, "cell_count", ",d");

/** The same as shares of each true label. */
export const confusionNormalized = matrix("confusion_normalized", [...COUNT, ...SHARE], "cell_share", ".2f");
