import type { PlotProperties, PlotSource, RevisionPlots } from "@waymark/core/plot-data";
import { buildFigures, type ChartFigure } from "@waymark/plots";

/** What files of one revision hold, by path; an error is a file that cannot be read. */
export type Sources = Readonly<Record<string, unknown>>;

/** The plots of one revision, as the pipeline reads them. */
export function plots(
  revision: string,
  definitions: Readonly<Record<string, Readonly<Record<string, PlotProperties>>>>,
  sources: Sources,
): RevisionPlots {
  return {
    revision,
    definitions: new Map(Object.entries(definitions).map(([file, ids]) => [file, new Map(Object.entries(ids))])),
    sources: new Map(Object.entries(sources).map(([path, values]) => [path, sourceOf(values)])),
    problem: undefined,
  };
}

function sourceOf(values: unknown): PlotSource {
  if (values instanceof Uint8Array) return { kind: "image", bytes: values };
  if (values instanceof Error) return { kind: "problem", problem: { type: "FileNotFoundError", msg: values.message } };
  return { kind: "values", values };
}

/** The one chart of a plot over some revisions. */
export function chart(
  id: string,
  properties: PlotProperties,
  sources: Sources,
  revisions = ["workspace"],
): ChartFigure {
  const [figure] = buildFigures(revisions.map((revision) => plots(revision, { "": { [id]: properties } }, sources)));
  if (figure?.kind !== "chart") throw new Error("No chart");
  return figure;
}

/** Two rows. */
export const A = [
  { step: 0, loss: 3, acc: 0.5 },
  { step: 1, loss: 2, acc: 0.75 },
];

/** One row. */
export const B = [{ step: 0, loss: 1 }];
