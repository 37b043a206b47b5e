import { dropEmpty, isEmptyObject } from "../drop-empty.ts";
import { parseNumericColumns } from "../numeric-text.ts";
import { safeField, safeLabel, safeRow } from "../safe-names.ts";
import { sanitizeSpec } from "../sanitize-spec.ts";
import type { PlotTemplate } from "../template.ts";
import type { ChartFigure } from "./figure.ts";
import { fillFigure } from "./fill-figure.ts";

/**
 * Builds the specification of a figure for a page that draws it: all data inside, numbers as numbers, nothing that
 * reaches out of it, no title (the page has one), and as wide as its place where the chart is one panel.
 *
 * @throws `TemplateWithoutDataError`
 */
export function pageSpec(figure: ChartFigure, template: PlotTemplate): Readonly<Record<string, unknown>> {
  const { title } = figure.properties;
  const caption = typeof title === "string" ? title : figure.id;
  const filled = fillFigure(toSafe(figure), template, { isForPage: true });
  const { $schema: _schema, title: drawnTitle, ...rest } = dropEmpty(sanitizeSpec(filled));
  const spec = isCaption(drawnTitle, caption) || drawnTitle === undefined ? rest : { ...rest, title: drawnTitle };
  return isSinglePanel(spec) ? { ...spec, width: "container", autosize: { type: "fit-x", contains: "padding" } } : spec;
}

/** The same figure with names that draw, and numbers in its columns. */
function toSafe(figure: ChartFigure): ChartFigure {
  const safe = (name: string | undefined): string | undefined => (name === undefined ? undefined : safeField(name));
  const fields = [figure.x, figure.y].flatMap((field) => field ?? []);
  return {
    ...figure,
    rows: parseNumericColumns(figure.rows, fields).map(safeRow),
    x: safe(figure.x),
    y: safe(figure.y),
    xLabel: figure.xLabel === undefined ? undefined : safeLabel(figure.xLabel),
    yLabel: figure.yLabel === undefined ? undefined : safeLabel(figure.yLabel),
  };
}

function isCaption(title: unknown, caption: string): boolean {
  if (typeof title === "object" && title !== null && "text" in title) return title.text === caption;
  return title === caption;
}

/** Only one panel can take the width of its place; several side by side have their own. */
function isSinglePanel(spec: Readonly<Record<string, unknown>>): boolean {
  if (typeof spec["width"] !== "number") return false;
  if (["facet", "repeat", "hconcat", "vconcat", "concat", "autosize"].some((key) => key in spec)) return false;
  const { encoding = {} } = spec;
  if (typeof encoding !== "object" || encoding === null) return true;
  return ["row", "column", "facet"].every((channel) => {
    const value = (encoding as Readonly<Record<string, unknown>>)[channel];
    return value === undefined || isEmptyObject(value);
  });
}
