import { TrackerError } from "@waymark/core";
import { isEmptyObject } from "../drop-empty.ts";
import { fillTemplate, type PlotTemplate, type TemplateAnchor } from "../template.ts";
import type { ChartFigure } from "./figure.ts";
import { anchorsOf, figureAnchors, type AnchorValues, type FigureAnchorOptions } from "./figure-anchors.ts";

/** Anchors that a program which draws by itself fills in, so that it can change them without asking again. */
const SPLIT: ReadonlySet<string> = new Set<TemplateAnchor>([
  "COLOR",
  "DATA",
  "PLOT_HEIGHT",
  "PLOT_WIDTH",
  "SHAPE",
  "STROKE_DASH",
  "TITLE",
  "TOOLTIP",
  "X_LABEL",
  "Y_LABEL",
  "ZOOM_AND_PAN",
]);

/** A template that has no place for the data. */
export class TemplateWithoutDataError extends TrackerError {
  override readonly code = "TEMPLATE_WITHOUT_DATA";
  readonly template: string;

  constructor(template: string) {
    super(`The template '${template}' has no place for the data`, {
      hint: 'Write "data": {"values": "<DVC_METRIC_DATA>"} into it.',
    });
    this.template = template;
  }
}

/**
 * Fills a template with a figure.
 *
 * @throws {@link TemplateWithoutDataError}
 */
export function fillFigure(
  figure: ChartFigure,
  template: PlotTemplate,
  options: FigureAnchorOptions = {},
): Record<string, unknown> {
  requireData(template);
  return fillTemplate(template.content, figureAnchors(figure, template, options), { keepsUnknown: true });
}

/** A template of which what may change stays open, and the values that belong there, by anchor. */
export interface SplitFigure {
  readonly content: Record<string, unknown>;
  readonly anchors: Readonly<Record<string, unknown>>;
}

/** Fills of a template with a figure what does not change with how the figure is shown. */
export function splitFigure(figure: ChartFigure, template: PlotTemplate): SplitFigure {
  const values = Object.entries(figureAnchors(figure, template));
  const filled = Object.fromEntries(values.filter(([name]) => !SPLIT.has(name))) as AnchorValues;
  const open = values.filter(([name, value]) => SPLIT.has(name) && !isEmptyObject(value));
  const empty = values.filter(([name, value]) => SPLIT.has(name) && isEmptyObject(value));
  return {
    // What has no value has nothing to be filled in later.
    content: fillTemplate(template.content, { ...filled, ...Object.fromEntries(empty) }, { keepsUnknown: true }),
    anchors: Object.fromEntries(open.map(([name, value]) => [`<DVC_METRIC_${name}>`, value])),
  };
}

function requireData(template: PlotTemplate): void {
  if (!anchorsOf(template.content).has("DATA")) throw new TemplateWithoutDataError(template.name);
}
