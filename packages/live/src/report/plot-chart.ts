import { type ChartOptions, drawLineChart } from "./line-chart.ts";
import { escapeHtml, formatFigure, type ReportLine, type ReportPlot } from "./report-data.ts";

/** Draws a custom or classification plot the way its template would: lines, points, bars or a confusion matrix. */
export function drawPlot(plot: ReportPlot, palette: ChartOptions["palette"] = "page"): string {
  const { template } = plot.properties;
  if (template === "confusion" || template === "confusion_normalized") {
    return drawConfusionMatrix(plot, template === "confusion_normalized");
  }
  if (template === "bar_horizontal" || template === "bar_horizontal_sorted") {
    return drawBars(plot, template === "bar_horizontal_sorted");
  }
  return drawLineChart(linesOf(plot), {
    title: titleOf(plot),
    xLabel: textOf(plot.properties["x_label"]) ?? textOf(plot.properties["x"]) ?? "",
    yLabel: textOf(plot.properties["y_label"]) ?? fieldsOf(plot).join(", "),
    isScatter: template === "scatter" || template === "scatter_jitter",
    ...(palette === undefined ? {} : { palette }),
  });
}

/** Whether {@link drawPlot} answers an SVG element, which can stand alone as a file. */
export function isDrawnAsSvg(plot: ReportPlot): boolean {
  const { template } = plot.properties;
  return typeof template !== "string" || !/^(?:confusion|bar_horizontal)/.test(template);
}

export function titleOf(plot: ReportPlot): string {
  return textOf(plot.properties["title"]) ?? plot.name;
}

function linesOf(plot: ReportPlot): readonly ReportLine[] {
  const x = textOf(plot.properties["x"]) ?? "";
  return fieldsOf(plot).map((field) => ({
    name: field,
    points: plot.rows.map((row) => ({ x: numberOf(row[x]), y: numberOf(row[field]) })),
  }));
}

function fieldsOf(plot: ReportPlot): readonly string[] {
  const { y } = plot.properties;
  return (Array.isArray(y) ? y : [y]).filter((field): field is string => typeof field === "string");
}

function drawConfusionMatrix(plot: ReportPlot, isNormalized: boolean): string {
  const actualField = textOf(plot.properties["x"]) ?? "actual";
  const predictedField = textOf(plot.properties["y"]) ?? "predicted";
  const counts = new Map<string, Map<string, number>>();
  const classes = new Set<string>();
  for (const row of plot.rows) {
    const actual = String(row[actualField]);
    const predicted = String(row[predictedField]);
    classes.add(actual).add(predicted);
    const line = counts.get(actual) ?? new Map<string, number>();
    line.set(predicted, (line.get(predicted) ?? 0) + 1);
    counts.set(actual, line);
  }
  const order = [...classes].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const body = order.map((actual) => {
    const line = counts.get(actual) ?? new Map<string, number>();
    const total = [...line.values()].reduce((sum, count) => sum + count, 0);
    const cells = order.map((predicted) => {
      const count = line.get(predicted) ?? 0;
      const share = total === 0 ? 0 : count / total;
      const text = isNormalized ? formatFigure(Math.round(share * 1000) / 1000) : String(count);
      return `<td class="cell heat-${Math.round(share * 10)}">${text}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(actual)}</th>${cells.join("")}</tr>`;
  });
  const head = order.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  return (
    `<table class="matrix"><caption>${escapeHtml(titleOf(plot))}</caption>` +
    `<thead><tr><th scope="col">actual \\ predicted</th>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`
  );
}

function drawBars(plot: ReportPlot, isSorted: boolean): string {
  const lengthField = textOf(plot.properties["x"]) ?? "";
  const [nameField = ""] = fieldsOf(plot);
  const bars = plot.rows.map((row) => ({ name: String(row[nameField]), length: numberOf(row[lengthField]) }));
  if (isSorted) bars.sort((a, b) => b.length - a.length);
  const longest = Math.max(...bars.map((bar) => Math.abs(bar.length)).filter(Number.isFinite), 0) || 1;
  const rows = bars.map(({ name, length }) => {
    const share = Number.isFinite(length) ? Math.abs(length) / longest : 0;
    return `<tr><th scope="row">${escapeHtml(name)}</th><td><meter max="1" value="${share.toFixed(4)}"></meter></td><td>${formatFigure(length)}</td></tr>`;
  });
  return `<table class="bars"><caption>${escapeHtml(titleOf(plot))}</caption><tbody>${rows.join("")}</tbody></table>`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
