import type { Spec } from "vega";
import { ChartExportError } from "./export-error.ts";
import type { ChartController } from "./chart-controller.ts";
import { buildRows } from "./chart-rows.ts";
import { lineKey, type ChartLine } from "./chart-options.ts";
import { MARGINS, plotArea } from "./geometry.ts";
import { createView, parseSpec } from "./runtime.ts";
import { LIVE_CHART_SPEC } from "./spec.ts";
import { fetchSeries } from "./fetch-series.ts";
import { chartColors } from "../state/theme.ts";

const LEGEND_ROW = 16;
const TITLE_HEIGHT = 22;
/** As many buckets as the server gives: all points of a series of up to a few thousand, its envelope beyond. */
const CSV_BUCKETS = 4096;

/** Saves the chart as it is on screen, with its title and a legend, as vectors. */
export async function downloadSvg(chart: ChartController, title: string): Promise<void> {
  const view = exportView(chart, title);
  try {
    const svg = await view.toSVG();
    download(new Blob([svg], { type: "image/svg+xml" }), `${fileName(title)}.svg`);
  } finally {
    view.finalize();
  }
}

/** The same as pixels, two for each of the screen's. */
export async function downloadPng(chart: ChartController, title: string): Promise<void> {
  const view = exportView(chart, title);
  try {
    const canvas = await view.toCanvas(2);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (blob === null) throw new ChartExportError("png");
    download(blob, `${fileName(title)}.png`);
  } finally {
    view.finalize();
  }
}

/** Saves the points of the window, at the finest detail the server gives: run, metric, x and value. */
export async function downloadCsv(chart: ChartController, title: string): Promise<void> {
  const { options } = chart;
  const [from, to] = options.window ?? [null, null];
  const series = await fetchSeries({
    lines: options.lines.map(({ run, metric }) => ({ run, metric })),
    x: options.x,
    from,
    to,
    buckets: CSV_BUCKETS,
    smoothing: options.smoothing,
    logX: false,
  });
  const isSmoothed = options.smoothing.kind !== "none";
  const rows = [["run", "metric", options.x, "value", ...(isSmoothed ? ["smoothed"] : [])].join(",")];
  options.lines.forEach((line, i) => {
    const { raw, smooth } = series.lines[i] ?? {};
    if (raw === undefined) return;
    const smoothed = new Map<number, number>();
    if (smooth !== undefined) for (let k = 0; k < smooth.length; k++) smoothed.set(smooth.x[k] ?? 0, smooth.y[k] ?? 0);
    for (let k = 0; k < raw.length; k++) {
      const x = raw.x[k] ?? 0;
      const cells = [quote(line.name), quote(line.metric), String(x), String(raw.y[k] ?? "")];
      rows.push([...cells, ...(isSmoothed ? [String(smoothed.get(x) ?? "")] : [])].join(","));
    }
  });
  download(new Blob([`${rows.join("\n")}\n`], { type: "text/csv" }), `${fileName(title)}.csv`);
}

function exportView(chart: ChartController, title: string): ReturnType<typeof createView> {
  const { scene, options } = chart;
  if (scene === undefined) throw new ChartExportError("chart");
  const legend = legendEntries(options.lines);
  const colors = chartColors.peek();
  const top = MARGINS.top + TITLE_HEIGHT;
  const bottom = MARGINS.bottom + 8 + legend.length * LEGEND_ROW;
  const area = plotArea(scene.width, scene.height);
  const spec: Spec = {
    ...LIVE_CHART_SPEC,
    width: area.width,
    height: area.height,
    padding: { ...MARGINS, top, bottom },
    marks: [...(LIVE_CHART_SPEC.marks ?? []), ...legendMarks(title, legend, area.height, colors.text)],
  };
  const view = createView(parseSpec(spec), "none");
  const signals: Readonly<Record<string, unknown>> = {
    surface: colors.surface,
    textColor: colors.muted,
    gridColor: colors.grid,
    axisColor: colors.axis,
    xDomain: scene.xDomain,
    yDomain: scene.yDomain,
    xScale: scene.xScale,
    yScale: scene.yScale,
    xTicks: scene.xTicks.positions,
    xLabels: scene.xTicks.labels,
    yTicks: scene.yTicks.positions,
    yLabels: scene.yTicks.labels,
    lineWidth: Math.max(1.25, scene.lineWidth),
  };
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  const series = new Map(chart.held().map(({ line, series: held }) => [lineKey(line), held]));
  view.insert("rows", buildRows(options, series));
  return view;
}

interface LegendEntry {
  readonly text: string;
  readonly color: string;
  readonly dash: readonly number[];
}

function legendEntries(lines: readonly ChartLine[]): LegendEntry[] {
  const hasSplits = new Set(lines.map((line) => line.split)).size > 1;
  return lines.slice(0, 24).map((line) => ({
    text: hasSplits && line.split !== null ? `${line.name} · ${line.split}` : line.name,
    color: line.color,
    dash: line.dash,
  }));
}

function legendMarks(
  title: string,
  legend: readonly LegendEntry[],
  height: number,
  color: string,
): NonNullable<Spec["marks"]> {
  const top = height + MARGINS.bottom + 8;
  const font = { value: "system-ui, sans-serif" };
  return [
    {
      type: "text",
      encode: {
        enter: {
          text: { value: title },
          x: { value: 0 },
          y: { value: -12 },
          fontSize: { value: 13 },
          fontWeight: { value: 600 },
          font,
          fill: { value: color },
        },
      },
    },
    ...legend.flatMap((entry, i): NonNullable<Spec["marks"]> => [
      {
        type: "rule",
        encode: {
          enter: {
            x: { value: 0 },
            x2: { value: 18 },
            y: { value: top + i * LEGEND_ROW },
            stroke: { value: entry.color },
            strokeWidth: { value: 2 },
            strokeDash: { value: [...entry.dash] },
          },
        },
      },
      {
        type: "text",
        encode: {
          enter: {
            text: { value: entry.text },
            x: { value: 24 },
            y: { value: top + i * LEGEND_ROW },
            baseline: { value: "middle" },
            fontSize: { value: 11 },
            font,
            fill: { value: color },
          },
        },
      },
    ]),
  ];
}

function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A metric's name as a file's: no folders, nothing a file system minds. */
function fileName(title: string): string {
  const name = title.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/gu, "");
  return name === "" ? "chart" : name.slice(0, 80);
}

/** RFC 4180, and safe in a spreadsheet: a cell that begins like a formula is text. */
function quote(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\n\r]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
