import { escapeFileName } from "@waymark/core/formats/metric-name";
import { drawLineChart } from "./line-chart.ts";
import { drawPlot } from "./plot-chart.ts";
import { formatFigure, type ReportData } from "./report-data.ts";

/** A Markdown report and the chart files it shows. */
export interface MarkdownReport {
  readonly text: string;
  /** SVG files by path relative to the report, below `static/`. */
  readonly charts: ReadonlyMap<string, string>;
}

/** Formats a report as Markdown; charts are SVG files beside it, images are inline. */
export function formatMarkdownReport(data: ReportData): MarkdownReport {
  const charts = new Map<string, string>();
  const blocks: string[] = [`# ${escapeMarkdown(data.title)}`, escapeMarkdown(data.subtitle)];
  for (const problem of data.problems) blocks.push(`> ${escapeMarkdown(problem)}`);
  blocks.push(...section("Metrics", table(["Metric", "Value"], data.metrics)));
  blocks.push(...section("Params", table(["Param", "Value"], data.params)));
  const histories = data.histories.map((line) => {
    const chart = drawLineChart([line], { title: line.name, xLabel: "step", showsLast: true }, "file");
    return placeChart(charts, line.name, chart);
  });
  const plots = data.plots.map((plot) => placeChart(charts, plot.name, drawPlot(plot, "file")));
  const images = data.images.map(({ name, kind, bytes }) => {
    const type = kind === "svg" ? "svg+xml" : kind;
    return `![${escapeMarkdown(name)}](data:image/${type};base64,${Buffer.from(bytes).toString("base64")})`;
  });
  // One paragraph each: charts stand side by side where there is room.
  for (const [title, members] of [
    ["Histories", histories],
    ["Plots", plots],
    ["Images", images],
  ] as const) {
    blocks.push(...section(title, members.join("\n")));
  }
  return { text: `${blocks.filter((block) => block !== "").join("\n\n")}\n`, charts };
}

function section(title: string, content: string): readonly string[] {
  return content === "" ? [] : [`## ${title}`, content];
}

/** Gives a chart a file of its own; a history and a plot of one name, or names that differ in case only, get two. */
function placeChart(charts: Map<string, string>, name: string, chart: string): string {
  const base = `static/${name.split("/").map(escapeFileName).join("/")}`;
  const taken = new Set([...charts.keys()].map((path) => path.toLowerCase()));
  let path = `${base}.svg`;
  for (let number = 2; taken.has(path.toLowerCase()); number += 1) path = `${base}-${number}.svg`;
  charts.set(path, `${chart}\n`);
  return `![${escapeMarkdown(name)}](${path.split("/").map(encodePart).join("/")})`;
}

// Parentheses would end the address of a Markdown link.
function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll(/[()']/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function table(head: readonly string[], values: ReportData["params"]): string {
  const rows = Object.entries(values).map(([name, value]) => [name, formatFigure(value)]);
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** Text that reads as itself: no markup, no HTML, no new cell, one line. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>#|&~]/g, (character) => `\\${character}`)
    .replaceAll(/\s*[\n\r\u2028\u2029]\s*/g, " ");
}
