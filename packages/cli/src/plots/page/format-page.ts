import { pageSpec, type ChartFigure, type Figure, type ImageFigure, type PlotTemplate } from "@waymark/plots";
import { escapeHtml, toDataBlock, toElementId } from "./html.ts";

/** An image that lies beside the page. */
export interface PageImage {
  readonly revision: string;
  /** From the page: parts joined by `/`. */
  readonly href: string;
}

/** How figures become parts of a page. */
export interface FormatFiguresOptions {
  readonly templateOf: (figure: ChartFigure) => PlotTemplate;
  readonly imagesOf: (figure: ImageFigure) => readonly PageImage[];
}

/** Formats figures as the elements of a page: charts first, then images, those of a folder in the order of steps. */
export function formatFigures(figures: readonly Figure[], options: FormatFiguresOptions): string {
  const ids = new Set<string>();
  return figures
    .toSorted(compareFigures)
    .map((figure) => formatFigure(figure, uniqueId(toElementId(figure.id), ids), options))
    .join("\n");
}

function formatFigure(figure: Figure, id: string, options: FormatFiguresOptions): string {
  const title = figure.kind === "chart" ? figure.properties["title"] : undefined;
  const caption = typeof title === "string" && title !== "" ? title : figure.id;
  const origin = caption === figure.id ? "" : ` <small>${escapeHtml(figure.id)}</small>`;
  const body = figure.kind === "image" ? formatImages(figure, options) : formatChart(figure, caption, options);
  return [
    `<figure id="${escapeHtml(id)}" class="plot${body.isWide ? " wide" : ""}"${figure.kind === "chart" ? " data-plot" : ""}>`,
    `<figcaption>${escapeHtml(caption)}${origin}</figcaption>`,
    ...body.lines,
    ...figure.problems.map(
      ({ revision, msg }) => `<p class="problem"><b>${escapeHtml(revision)}</b> ${escapeHtml(msg)}</p>`,
    ),
    "</figure>",
  ].join("\n");
}

/** Lines of HTML, and whether they need more than a column of the page. */
interface FigureBody {
  readonly lines: readonly string[];
  readonly isWide: boolean;
}

function formatChart(figure: ChartFigure, caption: string, options: FormatFiguresOptions): FigureBody {
  if (figure.rows.length === 0) return emptyBody(figure, "There is no data yet.");
  const spec = pageSpec(figure, options.templateOf(figure));
  const chart = `<div class="chart" data-chart role="group" aria-label="${escapeHtml(caption)}"></div>`;
  const panels = figure.revisions.length * Math.max(1, figure.sources.length);
  return { lines: [chart, toDataBlock(spec)], isWide: spec["width"] !== "container" && panels > 1 };
}

function formatImages(figure: ImageFigure, options: FormatFiguresOptions): FigureBody {
  const images = options.imagesOf(figure);
  if (images.length === 0) return emptyBody(figure, "There is no image yet.");
  const items = images.map(({ revision, href }) => {
    const alt = escapeHtml(`${figure.id} in ${revision}`);
    const image = `<img src="${escapeHtml(href)}" alt="${alt}" loading="lazy">`;
    return `<div class="image"><p>${escapeHtml(revision)}</p>${image}</div>`;
  });
  return { lines: [`<div class="images">`, ...items, "</div>"], isWide: images.length > 1 };
}

/** Where there is a problem, it says enough. */
function emptyBody({ problems }: Figure, text: string): FigureBody {
  return { lines: problems.length > 0 ? [] : [`<p class="empty">${text}</p>`], isWide: false };
}

function uniqueId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let count = 2; taken.has(id); count += 1) id = `${wanted}_${count}`;
  taken.add(id);
  return id;
}

function compareFigures(a: Figure, b: Figure): number {
  if (a.kind !== "image" || b.kind !== "image") return Number(a.kind === "image") - Number(b.kind === "image");
  const [folderA, nameA] = splitPath(a.id);
  const [folderB, nameB] = splitPath(b.id);
  if (folderA !== folderB) return folderA < folderB ? -1 : 1;
  const steps = [nameA, nameB].map((name) => /^(\d+)(?:\.[^.]*)?$/u.exec(name)?.[1]);
  if (steps[0] !== undefined && steps[1] !== undefined) return Number(steps[0]) - Number(steps[1]);
  return nameA < nameB ? -1 : 1;
}

function splitPath(path: string): readonly [folder: string, name: string] {
  const at = path.lastIndexOf("/");
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
}
