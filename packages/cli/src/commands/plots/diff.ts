import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";
import { listOf } from "../../option-list.ts";
import { DRAW_OPTIONS, type DrawOptions } from "./plot-options.ts";

interface PlotsDiffOptions extends DrawOptions {
  /** True when no path follows it. */
  readonly targets?: readonly string[] | boolean;
  readonly experiment?: boolean;
}

export const command = defineCommand<PlotsDiffOptions>({
  summary: "Draw plots of several revisions on top of each other",
  details:
    "With no revision, compares the last commit with the workspace; with one, that with the workspace. Writes a page " +
    "that opens from disk and needs no network, and prints its address.",
  arguments: [{ name: "[revisions...]", description: "commits, branches, tags or experiments to compare" }],
  options: [
    { flags: "--targets [paths...]", description: "plots to draw: ids of dvc.yaml, or files (default: all of them)" },
    ...DRAW_OPTIONS,
    { flags: "-e, --experiment", description: "compare an experiment with its baseline, as DVC does", isHidden: true },
  ],
  examples: [
    { line: "waymark plots diff", does: "what your changes did to every curve" },
    { line: "waymark plots diff v1 v2 main --targets roc", does: "one plot in three revisions" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { drawPlots } = await import("../../plots/draw-plots.ts");
    const { baselineOf } = await import("../../open-figures.ts");
    const [only, ...others] = args;
    const isAlone = options.experiment === true && only !== undefined && others.length === 0;
    const baseline = isAlone ? await baselineOf(context, only) : undefined;
    const revisions = baseline === undefined ? args : [...args, baseline];
    await drawPlots({ targets: listOf(options.targets), revisions, options, context });
  },
});
