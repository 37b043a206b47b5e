import { SPLIT_DASHES } from "./palette.ts";
import { MAX_PLOT_ROWS, type PlotRow } from "./plot-rows.ts";
import { escapeField, fillTemplate, type TemplateAnchor } from "./template.ts";
import { dropEmpty } from "./drop-empty.ts";
import { lineLegend } from "./line-legend.ts";
import { safeField, safeLabel, safeRow } from "./safe-names.ts";
import { zoomFor } from "./zoom.ts";
import { DEFAULT_TEMPLATE, findTemplate } from "./templates/index.ts";

/** One revision or run whose rows a plot draws. */
export interface PlotRevision {
  readonly name: string;
  readonly color: string;
  readonly rows: readonly PlotRow[];
}

/** What a plot draws. */
export interface PlotOptions {
  readonly name: string;
  readonly revisions: readonly PlotRevision[];
  /** As in dvc.yaml: template, x, y, title, x_label, y_label. Values that are not text are passed over. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** In pixels. Default 300 each. */
  readonly width?: number;
  readonly height?: number;
}

/** A filled specification, and what has to be said about it. */
export interface PlotSpec {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** Fields that several y columns are folded into, named as other tools name them. */
const FOLDED_Y = "dvc_inferred_y_value";
const FOLDED_FIELD = "field";
const SHAPES: readonly string[] = ["circle", "square", "triangle", "diamond"];

/** Builds the Vega-Lite specification of a plot: all its data inside, nothing to load, no links. */
export function buildPlotSpec(options: PlotOptions): PlotSpec {
  const notes: string[] = [];
  const { properties } = options;
  const wanted = text(properties["template"]);
  const template = wanted === undefined ? DEFAULT_TEMPLATE : findTemplate(wanted);
  if (template === undefined) notes.push(`No template named '${wanted ?? ""}'; drawn as ${DEFAULT_TEMPLATE.name}.`);
  const named = chooseFields(options);
  const fields = { x: safeField(named.x), y: named.y.map(safeField) };
  const rows = collectRows(options, fields, notes);
  const source = fields.y.length > 1 ? FOLDED_FIELD : null;
  const y = fields.y.length > 1 ? FOLDED_Y : (fields.y[0] ?? "y");
  const lines = lineLegend(template ?? DEFAULT_TEMPLATE);
  const anchors: Partial<Record<TemplateAnchor, unknown>> = {
    DATA: rows,
    TITLE: safeLabel(text(properties["title"]) ?? options.name),
    X: escapeField(fields.x),
    Y: escapeField(y),
    X_LABEL: safeLabel(text(properties["x_label"]) ?? named.x),
    Y_LABEL: safeLabel(text(properties["y_label"]) ?? (named.y.length === 1 ? (named.y[0] ?? "y") : "y")),
    COLOR: {
      field: "rev",
      type: "nominal",
      title: null,
      ...withLegend(lines),
      scale: { domain: options.revisions.map(({ name }) => name), range: options.revisions.map(({ color }) => color) },
    },
    TOOLTIP: ["rev", ...(source === null ? [] : [source]), fields.x, y].map((field) => ({ field: escapeField(field) })),
    ZOOM_AND_PAN: zoomFor(template ?? DEFAULT_TEMPLATE),
    PLOT_WIDTH: options.width ?? 300,
    PLOT_HEIGHT: options.height ?? 300,
    GROUP_BY: groupBy(source),
    GROUP_BY_X: [...groupBy(source), escapeField(fields.x)],
    GROUP_BY_Y: [...groupBy(source), escapeField(y)],
    PIVOT_FIELD: source === null ? "datum.rev" : `datum.rev + '::' + datum.${source}`,
    ...(source === null ? {} : sourceAnchors(source, fields.y, lines)),
  };
  return { spec: dropEmpty(fillTemplate((template ?? DEFAULT_TEMPLATE).content, anchors)), notes };
}

function sourceAnchors(
  source: string,
  sources: readonly string[],
  lines: Readonly<Record<string, unknown>> | undefined,
): Partial<Record<TemplateAnchor, unknown>> {
  const dashes = sources.map((_, i) => SPLIT_DASHES[i % SPLIT_DASHES.length] ?? []);
  const shapes = sources.map((_, i) => SHAPES[i % SHAPES.length] ?? "circle");
  return {
    STROKE_DASH: {
      field: source,
      type: "nominal",
      title: null,
      ...withLegend(lines),
      scale: { domain: sources, range: dashes },
    },
    SHAPE: { field: source, type: "nominal", title: null, scale: { domain: sources, range: shapes } },
    ROW: { field: source, sort: [] },
    COLUMN: { field: source, sort: [] },
  };
}

function withLegend(legend: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return legend === undefined ? {} : { legend };
}

function groupBy(source: string | null): string[] {
  return source === null ? ["rev"] : ["rev", source];
}

function chooseFields({ revisions, properties }: PlotOptions): { readonly x: string; readonly y: readonly string[] } {
  const first = revisions.find(({ rows }) => rows.length > 0)?.rows[0] ?? {};
  const { y } = properties;
  const named = Array.isArray(y) ? y.flatMap((field) => text(field) ?? []) : (text(y) ?? []);
  const fields = [named].flat();
  const last = Object.keys(first).at(-1);
  return { x: text(properties["x"]) ?? "step", y: fields.length > 0 ? fields : last === undefined ? [] : [last] };
}

function collectRows(
  { revisions, properties }: PlotOptions,
  fields: { readonly x: string; readonly y: readonly string[] },
  notes: string[],
): Record<string, unknown>[] {
  const isIndexed = text(properties["x"]) === undefined;
  const rows: Record<string, unknown>[] = [];
  let total = 0;
  for (const { name, rows: own } of revisions) {
    own.forEach((original, step) => {
      const row = safeRow(original);
      total += Math.max(1, fields.y.length);
      if (rows.length >= MAX_PLOT_ROWS) return;
      const base: Record<string, unknown> = { ...row, rev: name, ...(isIndexed ? { step } : {}) };
      if (fields.y.length < 2) rows.push(base);
      else for (const field of fields.y) rows.push({ ...base, [FOLDED_FIELD]: field, [FOLDED_Y]: row[field] });
    });
  }
  if (total > MAX_PLOT_ROWS) notes.push(`The first ${rows.length} of ${total} rows are drawn.`);
  return rows;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
