import { formatCompactPythonJson } from "@waymark/core";
import type { RevisionPlots } from "@waymark/core/plot-data";
import { fillFigure, splitFigure, type ChartFigure, type Figure, type PlotTemplate } from "@waymark/plots";
import type { OutputFolder } from "./output-folder.ts";
import { writeImages } from "./write-images.ts";

/** How {@link formatFiguresJson} writes. */
export interface FiguresJsonOptions {
  readonly revisions: readonly RevisionPlots[];
  /** Leaves open what the reader fills in by itself. */
  readonly isSplit: boolean;
  /** Where images go: the JSON names their files. */
  readonly output: OutputFolder;
  readonly templateOf: (figure: ChartFigure) => PlotTemplate;
}

/** Formats figures as DVC's `plots show --json` does; images are written on the way. */
export function formatFiguresJson(figures: readonly Figure[], options: FiguresJsonOptions): string {
  const data = new Map<string, unknown>();
  const errors: unknown[] = [];
  for (const figure of figures) {
    data.set(figure.id, figure.kind === "image" ? imageItems(figure, options) : chartItems(figure, options));
    for (const { revision, source, type, msg } of figure.problems) {
      errors.push({ name: figure.id, rev: revision, ...(source === undefined ? {} : { source }), type, msg });
    }
  }
  for (const { revision, problem } of options.revisions) {
    if (problem !== undefined) errors.push({ rev: revision, ...problem });
  }
  return formatCompactPythonJson({
    ...(errors.length > 0 ? { errors } : {}),
    ...(data.size > 0 ? { data } : {}),
  });
}

function imageItems(figure: Extract<Figure, { kind: "image" }>, { output }: FiguresJsonOptions): unknown[] {
  return writeImages(figure, output, []).map(({ revision, path }) => ({
    type: "image",
    revisions: [revision],
    url: path,
  }));
}

function chartItems(figure: ChartFigure, options: FiguresJsonOptions): unknown[] {
  if (figure.rows.length === 0) return [];
  const template = options.templateOf(figure);
  const item = { type: "vega", revisions: figure.revisions };
  if (!options.isSplit) return [{ ...item, content: fillFigure(figure, template) }];
  const { content, anchors } = splitFigure(figure, template);
  return [{ ...item, content, anchor_definitions: anchors }];
}
