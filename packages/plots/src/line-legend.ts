import type { PlotTemplate, TemplateNode } from "./template.ts";

const LEGEND = { symbolType: "stroke", symbolSize: 250, symbolStrokeWidth: 2, symbolOpacity: 1 } as const;

/**
 * How a legend shows lines, for a template that draws some: Vega-Lite alone shows lines that have dots as dots, on which
 * nobody sees a dash. `undefined` for other templates.
 */
export function lineLegend(template: PlotTemplate): Readonly<Record<string, unknown>> | undefined {
  return drawsLines(template.content) ? LEGEND : undefined;
}

function drawsLines(node: TemplateNode): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some(drawsLines);
  return Object.entries(node as { readonly [key: string]: TemplateNode }).some(([key, value]) => {
    if (key !== "mark") return drawsLines(value);
    const type = typeof value === "object" && value !== null && "type" in value ? value.type : value;
    return type === "line";
  });
}
