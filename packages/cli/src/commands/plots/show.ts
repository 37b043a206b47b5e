import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";
import { DRAW_OPTIONS, type DrawOptions } from "./plot-options.ts";

export const command = defineCommand<DrawOptions>({
  summary: "Draw plots of the workspace",
  details:
    "Writes a page that opens from disk and needs no network, and prints its address. Targets are ids of plots in " +
    "dvc.yaml, or files, whether anything defines them or not.",
  arguments: [{ name: "[targets...]", description: "plots to draw (default: all of them)" }],
  options: DRAW_OPTIONS,
  examples: [
    { line: "waymark plots show --open", does: "look at every plot" },
    { line: "waymark plots show preds.csv -t confusion -x truth -y guess", does: "draw a file your own way" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { drawPlots } = await import("../../plots/draw-plots.ts");
    await drawPlots({ targets: args, options, context });
  },
});
