import type { PlotTemplate } from "../template.ts";
import { barHorizontal, barHorizontalSorted } from "./bar-horizontal.ts";
import { confusion, confusionNormalized } from "./confusion.ts";
import { linear, smooth } from "./linear.ts";
import { scatter, scatterJitter } from "./scatter.ts";
import { simple } from "./simple.ts";

/** Every built-in template, in the order in which they are listed. */
export const TEMPLATES: readonly PlotTemplate[] = [
  simple,
  linear,
  confusion,
  confusionNormalized,
  scatter,
  scatterJitter,
  smooth,
  barHorizontalSorted,
  barHorizontal,
];

/** The template that draws plots which name none. */
export const DEFAULT_TEMPLATE = linear;

export function findTemplate(name: string): PlotTemplate | undefined {
  return TEMPLATES.find((template) => template.name === name);
}
