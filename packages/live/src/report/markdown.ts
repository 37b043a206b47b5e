import { escapeFileName } from "@waymark/core/formats/metric-name";
import { drawLineChart } from "./line-chart.ts";
import { drawPlot, isDrawnAsSvg, titleOf } from "./plot-chart.ts";
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
  if (Object.keys(data.params).length > 0) blocks.push("## Params", table(["Param", "Value"], rowsOf(data.params)));
  if (Object.keys(data.metrics).length > 0) blocks.push("## Metrics", table(["Metric", "Value"], rowsOf(data.metrics)));
  for (const line of data.histories) {
    const leaf = line.name.slice(line.name.lastIndexOf("/") + 1);
    const chart = drawLineChart([line], { title: line.name, xLabel: "step", yLabel: leaf, palette: "fixed" });
    blocks.push(imageOf(charts, line.name, chart));
  }
  for (const plot of data.plots) {
    // A table with HTML in it is what both GitHub and Markdown viewers show for a matrix.
    blocks.push(
      isDrawnAsSvg(plot)
        ? imageOf(charts, plot.name, drawPlot(plot, "fixed"))
        : matrixOf(titleOf(plot), drawPlot(plot)),
    );
  }
  for (const { name, kind, bytes } of data.images) {
    const type = kind === "svg" ? "svg+xml" : kind;
    blocks.push(`![${escapeMarkdown(name)}](data:image/${type};base64,${Buffer.from(bytes).toString("base64")})`);
  }
  for (const problem of data.problems) blocks.push(`> ${escapeMarkdown(problem)}`);
  return { text: `${blocks.filter((block) => block !== "").join("\n\n")}\n`, charts };
}

function imageOf(charts: Map<string, string>, name: string, chart: string): string {
  const path = `static/${name.split("/").map(escapeFileName).join("/")}.svg`;
  charts.set(path, `${chart}\n`);
  return `![${escapeMarkdown(name)}](${path.split("/").map(encodeURIComponent).join("/")})`;
}

function matrixOf(title: string, html: string): string {
  return `**${escapeMarkdown(title)}**\n\n${html.replace(/<caption>.*?<\/caption>/, "").replaceAll(/ class="[^"]*"/g, "")}`;
}

function rowsOf(values: ReportData["params"]): readonly (readonly string[])[] {
  return Object.entries(values).map(([name, value]) => [name, formatFigure(value)]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function escapeCell(text: string): string {
  return escapeMarkdown(text).replaceAll("|", "\\|");
}

/** Text that reads as itself: no markup, no HTML, one line. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#]/g, (character) => `\\${character}`).replaceAll(/\s*\n\s*/g, " ");
}
