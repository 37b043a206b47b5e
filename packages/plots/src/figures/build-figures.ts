import { isImagePath, plotSourcePaths, type PlotProperties, type RevisionPlots } from "@waymark/core/plot-data";
import { findLastField, findRows } from "./datapoints.ts";
import type { ChartFigure, Figure, FigureProblem, ImageFigure } from "./figure.ts";
import { resolveAxes } from "./figure-axes.ts";
import { FigureDataError, layRows, type FigureRows } from "./figure-rows.ts";

/** One revision's part of a figure. */
interface FigurePart {
  readonly plots: RevisionPlots;
  /** As defined, where the figure's id has the file of the definition before it. */
  readonly id: string;
  readonly properties: PlotProperties;
}

/**
 * Arranges the plots of one or several revisions as figures: one per id, with the data of every revision that has it.
 * An id that two files define becomes two figures, `<file>::<id>` each. Properties of the first revision win.
 */
export function buildFigures(revisions: readonly RevisionPlots[]): readonly Figure[] {
  const groups = new Map<string, FigurePart[]>();
  for (const plots of revisions) {
    for (const [figureId, part] of partsOf(plots)) {
      const known = groups.get(figureId);
      if (known === undefined) groups.set(figureId, [part]);
      else known.push(part);
    }
  }
  return [...groups].map(([id, parts]) =>
    isImagePath(parts[0]?.id ?? id) ? buildImage(parts) : buildChart(id, parts),
  );
}

function partsOf(plots: RevisionPlots): ReadonlyMap<string, FigurePart> {
  const byId = new Map<string, [file: string, properties: PlotProperties][]>();
  for (const [file, definitions] of plots.definitions) {
    for (const [id, properties] of definitions) byId.set(id, [...(byId.get(id) ?? []), [file, properties]]);
  }
  const parts = new Map<string, FigurePart>();
  for (const [id, places] of byId) {
    for (const [file, properties] of places) {
      const isAlone = places.length === 1 || file === "";
      parts.set(isAlone ? id : `${file}::${id}`, { plots, id, properties });
    }
  }
  return parts;
}

function buildImage(parts: readonly FigurePart[]): ImageFigure {
  const images = parts.flatMap(({ plots, id, properties }) =>
    plotSourcePaths(id, properties).flatMap((path) => {
      const source = plots.sources.get(path);
      return source?.kind === "image" ? [{ revision: plots.revision, path, bytes: source.bytes }] : [];
    }),
  );
  return { kind: "image", id: parts[0]?.id ?? "", images, problems: sourceProblems(parts) };
}

function buildChart(figureId: string, parts: readonly FigurePart[]): ChartFigure {
  const properties = Object.assign(
    Object.create(null) as object,
    ...parts.map((part) => part.properties).toReversed(),
  ) as PlotProperties;
  const problems: FigureProblem[] = [...sourceProblems(parts)];
  const laid: (FigureRows & { readonly revision: string; readonly labels: Pick<ChartFigure, "xLabel" | "yLabel"> })[] =
    [];
  for (const part of parts) {
    const { revision } = part.plots;
    try {
      const { axes, ...rows } = layPart(part, properties);
      const labels = { xLabel: axes.xLabel, yLabel: axes.yLabel };
      if (rows.rows.length > 0) laid.push({ ...rows, revision, labels });
    } catch (error) {
      if (!(error instanceof FigureDataError)) throw error;
      problems.push({ revision, source: undefined, type: error.kind, msg: error.message });
    }
  }
  const [first] = laid;
  return {
    kind: "chart",
    id: figureId,
    revisions: laid.map(({ revision }) => revision),
    rows: laid.flatMap(({ rows }) => rows),
    properties,
    x: first?.x,
    y: first?.y,
    xLabel: first?.labels.xLabel,
    yLabel: first?.labels.yLabel,
    sources: first?.sources ?? [],
    problems,
  };
}

function layPart({ plots, id, properties }: FigurePart, joined: PlotProperties) {
  const contents = new Map<string, unknown>();
  for (const path of plotSourcePaths(id, properties)) {
    const source = plots.sources.get(path);
    // What holds nothing counts as not there.
    if (source?.kind === "values" && !isEmpty(source.values)) contents.set(path, source.values);
  }
  const axes = resolveAxes(id, joined, findLastField(contents.get(id)));
  const files = new Map([...contents].map(([path, content]) => [path, findRows(content)]));
  return { axes, ...layRows(plots.revision, axes, files) };
}

function sourceProblems(parts: readonly FigurePart[]): readonly FigureProblem[] {
  return parts.flatMap(({ plots, id, properties }) =>
    plotSourcePaths(id, properties).flatMap((path) => {
      const source = plots.sources.get(path);
      if (source?.kind !== "problem") return [];
      return [{ revision: plots.revision, source: path, type: source.problem.type, msg: source.problem.msg }];
    }),
  );
}

function isEmpty(values: unknown): boolean {
  if (typeof values !== "object" || values === null) return true;
  return Object.keys(values).length === 0;
}
