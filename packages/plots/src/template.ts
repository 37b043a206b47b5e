/** JSON, as a template holds it. */
export type TemplateNode =
  | string
  | number
  | boolean
  | null
  | readonly TemplateNode[]
  | { readonly [key: string]: TemplateNode };

/** A named chart layout with anchors where data, fields and titles go. */
export interface PlotTemplate {
  readonly name: string;
  readonly content: { readonly [key: string]: TemplateNode };
}

/** Anchors of a template; written `<DVC_METRIC_TITLE>` inside it. */
export type TemplateAnchor =
  | "DATA"
  | "TITLE"
  | "X"
  | "Y"
  | "X_LABEL"
  | "Y_LABEL"
  | "COLOR"
  | "STROKE_DASH"
  | "SHAPE"
  | "TOOLTIP"
  | "ZOOM_AND_PAN"
  | "PLOT_WIDTH"
  | "PLOT_HEIGHT"
  | "GROUP_BY"
  | "GROUP_BY_X"
  | "GROUP_BY_Y"
  | "PIVOT_FIELD"
  | "ROW"
  | "COLUMN";

const ANCHOR = /<DVC_METRIC_([A-Z_]+)>/gu;
const WHOLE_ANCHOR = /^<DVC_METRIC_([A-Z_]+)>$/u;

/** How {@link fillTemplate} fills. */
export interface FillOptions {
  /** Leaves an anchor without a value as it is. Default `false`: it becomes an empty object. */
  readonly keepsUnknown?: boolean;
}

/**
 * Fills a template: a string that is an anchor becomes the anchor's value, and an anchor inside a longer string is
 * replaced by its text.
 */
export function fillTemplate(
  content: PlotTemplate["content"],
  anchors: Readonly<Partial<Record<TemplateAnchor, unknown>>>,
  options: FillOptions = {},
): Record<string, unknown> {
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(anchors));
  return fillObject(content, { values, keepsUnknown: options.keepsUnknown ?? false });
}

interface Filling {
  readonly values: ReadonlyMap<string, unknown>;
  readonly keepsUnknown: boolean;
}

function fillObject(node: { readonly [key: string]: TemplateNode }, filling: Filling): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fillNode(value, filling)]));
}

function fillNode(node: TemplateNode, filling: Filling): unknown {
  if (typeof node === "string") return fillText(node, filling);
  if (Array.isArray(node)) return node.map((item: TemplateNode) => fillNode(item, filling));
  if (typeof node === "object" && node !== null) {
    return fillObject(node as { readonly [key: string]: TemplateNode }, filling);
  }
  return node;
}

function fillText(text: string, { values, keepsUnknown }: Filling): unknown {
  const whole = WHOLE_ANCHOR.exec(text)?.[1];
  if (whole !== undefined) return values.has(whole) ? values.get(whole) : keepsUnknown ? text : {};
  return text.replace(ANCHOR, (anchor, name: string) => {
    const value = values.get(name);
    return typeof value === "string" ? value : anchor;
  });
}

/** Writes a field's name so that Vega-Lite takes it for a name and not for a path into an object. */
export function escapeField(field: string): string {
  return field.replace(/[.[\]\\'"]/gu, String.raw`\$&`);
}
