import { formatCompactPythonJson } from "@waymark/core";
import { collectPlots, plotDiffRevisions, WORKSPACE } from "@waymark/pipeline";
import { buildFigures, fillFigure, type ChartFigure, type PlotTemplate } from "@waymark/plots";
import { readConfig } from "@waymark/store";
import { CommandError } from "../command-error.ts";
import type { CommandContext } from "../command.ts";
import { typedProperties, type DrawOptions } from "../commands/plots/plot-options.ts";
import { openFigures } from "../open-figures.ts";
import { formatFiguresJson } from "./figures-json.ts";
import { OutputFolder } from "./output-folder.ts";
import { resolveTemplate } from "./resolve-template.ts";
import { warnOfProblems } from "./warn-of-problems.ts";

/** What {@link drawPlots} draws. */
export interface DrawRequest {
  readonly targets: readonly string[];
  /** As typed for `plots diff`; `undefined`: the workspace alone. */
  readonly revisions?: readonly string[];
  readonly options: DrawOptions;
  readonly context: CommandContext;
}

/** Folder of the page, unless configured. */
const DEFAULT_OUT = "dvc_plots";

/** Runs `plots show` and `plots diff`: reads plots, and prints them as JSON, as a specification, or writes a page. */
export async function drawPlots({ targets, revisions: typed, options, context }: DrawRequest): Promise<void> {
  const { cwd, env, ui } = context;
  checkShowVega(targets, options);
  const project = openFigures(context);
  const config = readConfig(project.dvc?.dir, env);
  const revisions = typed === undefined ? [WORKSPACE] : ((await plotDiffRevisions(project, typed)) ?? []);
  const properties = typedProperties(options);
  const collected = await collectPlots(project, { targets, revisions, properties });
  const figures = buildFigures(collected);
  const typedTemplate = typeof options.template === "string" ? options.template : undefined;
  const templateOf = (figure: ChartFigure): PlotTemplate => {
    return resolveTemplate(figure, { project, cwd, typed: typedTemplate });
  };
  const out = options.out ?? config.text("plots", "out_dir") ?? DEFAULT_OUT;
  const output = new OutputFolder(cwd, out, options.out !== undefined);
  if (options.json === true) {
    const isSplit = options.split ?? false;
    ui.line(formatFiguresJson(figures, { revisions: collected, isSplit, output, templateOf }));
    return;
  }
  warnOfProblems(ui, collected, figures);
  if (options.showVega === true) {
    const chart = figures.find((figure) => figure.kind === "chart");
    if (chart !== undefined) {
      ui.line(formatCompactPythonJson(chart.rows.length === 0 ? {} : fillFigure(chart, templateOf(chart))));
    }
    return;
  }
  if (figures.length === 0) {
    ui.note("There are no plots to draw, so no page is written.");
    return;
  }
  const { writePage } = await import("./page/write-page.ts");
  writePage(figures, { output, templateOf, options, config, root: project.root, context });
}

function checkShowVega(targets: readonly string[], { showVega, json }: DrawOptions): void {
  if (showVega !== true) return;
  if (targets.length !== 1) {
    throw new CommandError(
      1,
      `'--show-vega' prints one plot, and ${targets.length} are named`,
      "Name one, by its id in dvc.yaml or its path.",
    );
  }
  if (json === true)
    throw new CommandError(1, "'--show-vega' and '--json' exclude each other", "Leave one of them out.");
}
