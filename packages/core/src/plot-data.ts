/**
 * What revisions hold of plots, as it is read in one place and drawn in another.
 *
 * ```
 * dvc.yaml, data files ─read (pipeline)─▶ RevisionPlots ─arrange (plots)─▶ figures ─▶ JSON, Vega-Lite, a page
 * ```
 */

/** How a plot is drawn: `x`, `y`, `template`, `title` and so on, as written. */
export type PlotProperties = Readonly<Record<string, unknown>>;

/** Why something of a plot could not be read, in the two fields of DVC's JSON. */
export interface PlotProblem {
  /** The name DVC has for this kind of error. */
  readonly type: string;
  readonly msg: string;
}

/** A data file of plots: parsed, an image, or why it is neither. */
export type PlotSource =
  | { readonly kind: "values"; readonly values: unknown }
  | { readonly kind: "image"; readonly bytes: Uint8Array }
  | { readonly kind: "problem"; readonly problem: PlotProblem };

/** Everything about plots in one revision. Paths are relative to the current folder. */
export interface RevisionPlots {
  /** As the revision is shown. */
  readonly revision: string;
  /** Properties by id, by the file that defines them; the empty file stands for stages and for paths asked for. */
  readonly definitions: ReadonlyMap<string, ReadonlyMap<string, PlotProperties>>;
  /** The files that the definitions draw, by path. */
  readonly sources: ReadonlyMap<string, PlotSource>;
  /** Why the definitions of this revision could not be read; `undefined` when they could. */
  readonly problem: PlotProblem | undefined;
}

/** Endings of files that are shown as they are, in lower case. */
const IMAGE = /\.(?:png|jpe?g|gif|svg)$/u;

/** Tells whether a plot of this path is an image. */
export function isImagePath(path: string): boolean {
  return IMAGE.test(path);
}

/**
 * Lists the files that a plot draws: those of its `y` where that is a mapping, otherwise the one its id names, and the
 * one of its `x` where that is a mapping.
 */
export function plotSourcePaths(id: string, { x, y }: PlotProperties): readonly string[] {
  const paths = isRecord(y) ? Object.keys(y) : [id];
  const [xPath] = isRecord(x) ? Object.keys(x) : [];
  return [...new Set(xPath === undefined ? paths : [...paths, xPath])];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
