import type { PlotTemplate, TemplateNode } from "./template.ts";

/** The selection that zooms and pans a chart, limited to the axes where there is something between two values. */
export function zoomFor(template: PlotTemplate): Record<string, unknown> {
  const { encoding } = template.content;
  const axes = (["x", "y"] as const).filter((axis) => typeOf(encoding, axis) !== "nominal");
  const select = axes.length === 2 ? "interval" : { type: "interval", encodings: axes };
  return { name: "grid", select, bind: "scales" };
}

function typeOf(encoding: TemplateNode | undefined, axis: "x" | "y"): TemplateNode | undefined {
  return member(member(encoding, axis), "type");
}

function member(node: TemplateNode | undefined, key: string): TemplateNode | undefined {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return undefined;
  return (node as { readonly [key: string]: TemplateNode })[key];
}
