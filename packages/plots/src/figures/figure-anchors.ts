import type { PlotRow } from "../plot-rows.ts";
import { escapeField, type PlotTemplate, type TemplateAnchor, type TemplateNode } from "../template.ts";
import { lineLegend } from "../line-legend.ts";
import { zoomFor } from "../zoom.ts";
import type { ChartFigure, FigureSource } from "./figure.ts";

/** Values of anchors by name. */
export type AnchorValues = Partial<Record<TemplateAnchor, unknown>>;

const COLORS: readonly string[] = ["#945dd6", "#13adc7", "#f46837", "#48bb78", "#4299e1", "#ed8936", "#f56565"];
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [8, 8],
  [8, 4],
  [4, 4],
  [4, 2],
  [2, 1],
  [1, 1],
];
const SHAPES: readonly string[] = ["circle", "square", "triangle", "diamond"];
const SIZE = 300;
/** Symbols of dashes and shapes stand for every colour. */
const NEUTRAL_LEGEND = { symbolFillColor: "transparent", symbolStrokeColor: "grey" };
/** Anchors that a template may do without. */
const OPTIONAL: readonly TemplateAnchor[] = [
  "COLOR",
  "COLUMN",
  "GROUP_BY_X",
  "GROUP_BY_Y",
  "GROUP_BY",
  "PIVOT_FIELD",
  "PLOT_HEIGHT",
  "PLOT_WIDTH",
  "ROW",
  "SHAPE",
  "STROKE_DASH",
  "TOOLTIP",
  "ZOOM_AND_PAN",
];

/** How {@link figureAnchors} writes. */
export interface FigureAnchorOptions {
  /**
   * Fills in what draws best, with every name escaped. Default `false`: what DVC fills in, which escapes dots and
   * brackets in `X` and `Y` and nothing elsewhere, and zooms along axes that have no scale for it.
   */
  readonly isForPage?: boolean;
}

/** Returns the value of every anchor that a template has, and of the title, the labels and the data. */
export function figureAnchors(
  figure: ChartFigure,
  template: PlotTemplate,
  options: FigureAnchorOptions = {},
): AnchorValues {
  const used = anchorsOf(template.content);
  const optional = OPTIONAL.filter((anchor) => used.has(anchor));
  const varied = figure.sources.length > 1 ? variedKeys(figure.sources) : [];
  const { x = "", y = "" } = figure;
  const isForPage = options.isForPage ?? false;
  const inAxis = isForPage ? escapeField : escapeAxis;
  const lines = isForPage ? lineLegend(template) : undefined;
  const inList = (field: string): string => (isForPage ? escapeField(field) : field);
  const all: AnchorValues = {
    ...sourceAnchors(figure.sources, varied, inList, { ...NEUTRAL_LEGEND, ...lines }),
    COLOR: { ...scaleOf("rev", figure.revisions, COLORS), ...(lines === undefined ? {} : { legend: lines }) },
    ZOOM_AND_PAN: isForPage ? zoomFor(template) : { name: "grid", select: "interval", bind: "scales" },
    PLOT_HEIGHT: SIZE,
    PLOT_WIDTH: SIZE,
    ...groupAnchors(varied, inList(x), inList(y), inList),
    // Where file and field are one field of the rows, DVC still asks for the two.
    ...(isForPage && varied.length === 2 ? { PIVOT_FIELD: `datum.rev + '::' + datum['${varied.join("::")}']` } : {}),
  };
  const values: AnchorValues = Object.fromEntries(optional.map((anchor) => [anchor, all[anchor] ?? {}]));
  const { title } = figure.properties;
  return {
    ...values,
    TITLE: typeof title === "string" ? title : figure.id,
    X: inAxis(x),
    Y: inAxis(y),
    X_LABEL: figure.xLabel ?? x,
    Y_LABEL: figure.yLabel ?? y,
    // A template without any of these anchors gets the rows as they are, as in DVC.
    DATA: optional.length === 0 ? figure.rows : figure.rows.map((row) => withSource(row, varied)),
  };
}

/** Names the anchors that stand alone in a template, which is where values of any kind can go. */
export function anchorsOf(node: TemplateNode, found = new Set<string>()): ReadonlySet<string> {
  if (typeof node === "string") {
    const name = /^<DVC_METRIC_([A-Z_]+)>$/u.exec(node)?.[1];
    if (name !== undefined) found.add(name);
  } else if (typeof node === "object" && node !== null) {
    for (const inner of Object.values(node) as readonly TemplateNode[]) anchorsOf(inner, found);
  }
  return found;
}

/** Which of file and field tell the sources of a figure apart. */
function variedKeys(sources: readonly FigureSource[]): readonly (keyof FigureSource)[] {
  return (["filename", "field"] as const).filter((key) => new Set(sources.map((source) => source[key])).size > 1);
}

function sourceName(source: FigureSource, varied: readonly (keyof FigureSource)[]): string {
  return varied.map((key) => source[key]).join("::");
}

function sourceAnchors(
  sources: readonly FigureSource[],
  varied: readonly (keyof FigureSource)[],
  inList: (field: string) => string,
  legend: Readonly<Record<string, unknown>>,
): AnchorValues {
  if (varied.length === 0) return {};
  const field = inList(varied.join("::"));
  const domain = [...new Set(sources.map((source) => sourceName(source, varied)))].sort();
  return {
    STROKE_DASH: { ...scaleOf(field, domain, DASHES), legend },
    SHAPE: { ...scaleOf(field, domain, SHAPES), legend },
    ROW: { field, sort: [] },
    COLUMN: { field, sort: [] },
  };
}

function groupAnchors(
  varied: readonly (keyof FigureSource)[],
  x: string,
  y: string,
  inList: (field: string) => string,
): AnchorValues {
  const source = varied.length === 0 ? [] : [inList(varied.join("::"))];
  const groupBy = ["rev", ...source];
  return {
    GROUP_BY: groupBy,
    GROUP_BY_X: [...groupBy, x],
    GROUP_BY_Y: [...groupBy, y],
    PIVOT_FIELD: ["rev", ...varied].map((key) => `datum.${key}`).join(" + '::' + "),
    TOOLTIP: ["rev", x, y, ...source].map((field) => ({ field })),
  };
}

function scaleOf(field: string, domain: readonly string[], range: readonly unknown[]): Record<string, unknown> {
  return { field, scale: { domain, range: domain.map((_, index) => range[index % range.length]) } };
}

/** Keeps of file and field what tells rows apart; both become one field. */
function withSource(row: PlotRow, varied: readonly (keyof FigureSource)[]): PlotRow {
  const { filename, field, ...rest } = row;
  const kept = Object.assign(Object.create(null) as Record<string, unknown>, rest);
  const values = { filename: String(filename), field: String(field) };
  if (varied.length === 2) kept[varied.join("::")] = sourceName(values, varied);
  else for (const key of varied) kept[key] = values[key];
  return kept;
}

function escapeAxis(field: string): string {
  return field.replace(/[.[\]]/gu, String.raw`\$&`);
}
