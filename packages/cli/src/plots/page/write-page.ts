import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { requireInside, type MergedConfig } from "@waymark/store";
import type { ChartFigure, Figure, PlotTemplate } from "@waymark/plots";
import { readPlotsPageScript } from "@waymark/viewer/plots-page";
import type { CommandContext } from "../../command.ts";
import type { DrawOptions } from "../../commands/plots/plot-options.ts";
import { canOpenBrowser, openBrowser } from "../../open-browser.ts";
import type { OutputFolder } from "../output-folder.ts";
import { writeImages } from "../write-images.ts";
import { formatFigures } from "./format-page.ts";
import { fillPage, formatPage } from "./page-template.ts";

/** Folder of images, beside the page. */
const IMAGES = "static";

/** What {@link writePage} needs. */
export interface WritePageOptions {
  readonly output: OutputFolder;
  readonly templateOf: (figure: ChartFigure) => PlotTemplate;
  readonly options: DrawOptions;
  readonly config: MergedConfig;
  /** Root of the project, absolute. */
  readonly root: string;
  readonly context: CommandContext;
}

/** Writes a page with every figure, prints its address, and opens it in a browser when that is wanted. */
export function writePage(figures: readonly Figure[], request: WritePageOptions): void {
  const { output, templateOf, options, config, context } = request;
  const parts = {
    script: readPlotsPageScript(),
    figures: formatFigures(figures, {
      templateOf,
      imagesOf: (figure) =>
        writeImages(figure, output, [IMAGES]).map(({ revision, name }) => ({
          revision,
          href: `${IMAGES}/${encodeURIComponent(name)}`,
        })),
    }),
  };
  const own = findPageTemplate(request);
  const page = own === undefined ? formatPage(parts, revisionsOf(figures)) : fillPage(own.text, parts, own.path);
  const url = pathToFileURL(output.write(["index.html"], page)).href;
  context.ui.line(url);
  if (options.open === true || config.flag("plots", "auto_open")) showPage(url, context);
}

function findPageTemplate({
  options,
  config,
  root,
  context,
}: WritePageOptions): { readonly path: string; readonly text: string } | undefined {
  if (options.htmlTemplate !== undefined) return readTemplate(resolve(context.cwd, options.htmlTemplate));
  const configured = config.setting("plots", "html_template");
  if (configured === undefined || typeof configured.value !== "string") return undefined;
  const path = resolve(root, ".dvc", configured.value);
  // A repository names files of its own, not those of whoever looks at it.
  if (configured.level === "repo") requireInside(root, path.slice(root.length + 1));
  return readTemplate(path);
}

function readTemplate(path: string): { readonly path: string; readonly text: string } {
  return { path, text: readFileSync(path, "utf8") };
}

function revisionsOf(figures: readonly Figure[]): readonly string[] {
  const revisions = figures.flatMap((figure) => [
    ...(figure.kind === "chart" ? figure.revisions : figure.images.map(({ revision }) => revision)),
    ...figure.problems.map(({ revision }) => revision),
  ]);
  return [...new Set(revisions)];
}

function showPage(url: string, { env, ui }: CommandContext): void {
  if (!canOpenBrowser(env)) {
    ui.note("There is no desktop here: open the address above in a browser.");
    return;
  }
  openBrowser(url, () => ui.note("No browser could be started: open the address above in one."));
}
