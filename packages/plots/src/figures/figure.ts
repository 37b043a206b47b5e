import type { PlotProblem, PlotProperties } from "@waymark/core/plot-data";
import type { PlotRow } from "../plot-rows.ts";

/** A problem of a figure: with one of its files, or with what one revision makes of them. */
export interface FigureProblem extends PlotProblem {
  /** The revision it is about. */
  readonly revision: string;
  /** The file it is about; `undefined` when the definition itself cannot be drawn. */
  readonly source: string | undefined;
}

/** Where the values of a line come from. */
export interface FigureSource {
  /** Without the folders that all files of the figure share. */
  readonly filename: string;
  readonly field: string;
}

/** A chart of data in one or several revisions. */
export interface ChartFigure {
  readonly kind: "chart";
  readonly id: string;
  /** Revisions that have data, in drawing order. */
  readonly revisions: readonly string[];
  /** Each with its `rev`, and the `filename` and `field` it came from. */
  readonly rows: readonly PlotRow[];
  /** What is written of it: template, title, labels. */
  readonly properties: PlotProperties;
  /** Fields of the rows; `undefined` when there is no data. */
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly xLabel: string | undefined;
  readonly yLabel: string | undefined;
  readonly sources: readonly FigureSource[];
  readonly problems: readonly FigureProblem[];
}

/** An image in one or several revisions. */
export interface ImageFigure {
  readonly kind: "image";
  readonly id: string;
  readonly images: readonly { readonly revision: string; readonly path: string; readonly bytes: Uint8Array }[];
  readonly problems: readonly FigureProblem[];
}

/** A plot with its data, not yet a drawing. */
export type Figure = ChartFigure | ImageFigure;
