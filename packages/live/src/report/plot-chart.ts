import { type Bar, drawBarChart } from "./bar-chart.ts";
import { countConfusion, drawConfusionChart } from "./confusion-chart.ts";
import { drawLineChart, type Line } from "./line-chart.ts";
import type { ReportPlot } from "./report-data.ts";
import type { ChartPlace } from "./svg.ts";

/** Draws a custom or classification plot the way its template would: lines, points, bars or a confusion matrix. */
export function drawPlot(plot: ReportPlot, place: ChartPlace): string {
  const template = textOf(plot.properties["template"]) ?? "linear";
  const title = textOf(plot.properties["title"]) ?? plot.name;
  switch (template) {
    case "confusion":
    case "confusion_normalized": {
      const actual = textOf(plot.properties["x"]) ?? "actual";
      const predicted = textOf(plot.properties["y"]) ?? "predicted";
      const counts = countConfusion(plot.rows.map((row) => [nameOf(row[actual]), nameOf(row[predicted])]));
      return drawConfusionChart(counts, { title, isNormalized: template === "confusion_normalized" }, place);
    }
    case "bar_horizontal":
    case "bar_horizontal_sorted": {
      const bars = barsOf(plot);
      return drawBarChart(template === "bar_horizontal" ? bars : sortBars(bars), title, place);
    }
    default:
      return drawLines(plot, title, template.startsWith("scatter"), place);
  }
}

function drawLines(plot: ReportPlot, title: string, isScatter: boolean, place: ChartPlace): string {
  const x = textOf(plot.properties["x"]) ?? "step";
  const fields = fieldsOf(plot);
  const xNames = namesOf(plot.rows.map((row) => row[x]));
  const places = new Map(xNames?.map((name, index) => [name, index]));
  const xOf = (value: unknown): number =>
    xNames === undefined ? numberOf(value) : (places.get(nameOf(value)) ?? Number.NaN);
  const lines = fields.map((field): Line => ({
    name: field,
    points: plot.rows.map((row) => ({ x: xOf(row[x]), y: numberOf(row[field]) })),
  }));
  return drawLineChart(
    lines,
    {
      title,
      xLabel: textOf(plot.properties["x_label"]) ?? x,
      yLabel: textOf(plot.properties["y_label"]) ?? fields.join(", "),
      isScatter,
      ...(xNames === undefined ? {} : { xNames }),
    },
    place,
  );
}

/** The names of an axis where no value is a number; undefined where some are. */
function namesOf(values: readonly unknown[]): readonly string[] | undefined {
  if (values.length === 0 || values.some((value) => !Number.isNaN(numberOf(value)))) return undefined;
  return [...new Set(values.map(nameOf))];
}

function barsOf(plot: ReportPlot): readonly Bar[] {
  const lengthField = textOf(plot.properties["x"]) ?? "";
  const [nameField = ""] = fieldsOf(plot);
  return plot.rows.map((row) => ({ name: nameOf(row[nameField]), length: numberOf(row[lengthField]) }));
}

function sortBars(bars: readonly Bar[]): readonly Bar[] {
  const size = ({ length }: Bar): number => (Number.isNaN(length) ? -Infinity : length);
  return bars.toSorted((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)));
}

function fieldsOf(plot: ReportPlot): readonly string[] {
  const { y } = plot.properties;
  return (Array.isArray(y) ? y : [y]).filter((field): field is string => typeof field === "string");
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return Number.NaN;
  return Number(value);
}
