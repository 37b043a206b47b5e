import { buildPlotSpec, parsePlotRows, sanitizeSpec } from "@waymark/plots";
import embed from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { refuseEverything } from "../chart/refuse-everything.ts";
import type { ChartColors } from "../state/theme.ts";

/** One run's data of a plot. */
export interface PlotSource {
  readonly name: string;
  readonly color: string;
  readonly path: string;
  readonly url: string;
}

/** What to draw and how large. */
export interface EmbedOptions {
  readonly name: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly sources: readonly PlotSource[];
  readonly width: number;
  readonly colors: ChartColors;
  readonly signal: AbortSignal;
}

/** Room that axes and legends take beside the plot. */
const AXES_WIDTH = 130;
const MAX_BYTES = 32_000_000;

/**
 * Draws a plot with Vega-Lite: expressions are interpreted, never compiled; nothing is loaded; no style is injected.
 *
 * @returns What is to be said below it, and how to give it back.
 */
export async function embedPlot(
  host: HTMLElement,
  options: EmbedOptions,
): Promise<{ readonly notes: readonly string[]; readonly finalize: () => void }> {
  const revisions = await Promise.all(
    options.sources.map(async ({ name, color, path, url }) => ({
      name,
      color,
      rows: parsePlotRows(await fetchText(url, options.signal), path),
    })),
  );
  const width = Math.max(140, options.width - AXES_WIDTH);
  const { spec, notes } = buildPlotSpec({ ...options, revisions, width, height: Math.min(320, width) });
  // Templates keep the schema they were written for; newer versions draw it all the same, but warn.
  const { $schema: _schema, ...drawn } = sanitizeSpec(spec);
  const result = await embed(host, drawn, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    ast: true,
    expr: expressionInterpreter,
    loader: refuseEverything() as never,
    config: themeConfig(options.colors),
  });
  return { notes, finalize: () => result.finalize() };
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(`The data of this plot could not be read (${response.status}).`);
  const text = await response.text();
  if (text.length > MAX_BYTES)
    throw new Error(`The data of this plot is too large to draw (${text.length} characters).`);
  return text;
}

function themeConfig(colors: ChartColors): Record<string, unknown> {
  return {
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    title: { color: colors.text, fontSize: 12, fontWeight: 600 },
    axis: {
      labelColor: colors.muted,
      titleColor: colors.muted,
      titleFontWeight: 500,
      gridColor: colors.grid,
      domainColor: colors.axis,
      tickColor: colors.axis,
    },
    legend: { labelColor: colors.muted, titleColor: colors.muted },
    header: { labelColor: colors.muted, titleColor: colors.muted },
    line: { strokeWidth: 1.5 },
  };
}
