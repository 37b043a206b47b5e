import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";
import { PRECISION_OPTION, toDecimals } from "../metrics/precision.ts";

interface ExpDiffOptions {
  readonly all?: boolean;
  readonly paramDeps?: boolean;
  readonly json?: boolean;
  readonly md?: boolean;
  readonly path?: boolean;
  readonly precision?: number;
}

export const command = defineCommand<ExpDiffOptions>({
  summary: "Compare the metrics and params of two experiments",
  details: "Takes names of experiments, checkpoints such as NAME@STEP, and any revision of Git.",
  arguments: [
    { name: "[a_rev]", description: "the older experiment or commit (default: HEAD)" },
    { name: "[b_rev]", description: "the newer experiment or commit (default: the workspace)" },
  ],
  options: [
    { flags: "--all", description: "show unchanged metrics and params as well" },
    { flags: "--param-deps", description: "show only params that stages depend on" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--md", description: "print Markdown tables" },
    { flags: "--no-path", description: "leave out the column of paths" },
    { ...PRECISION_OPTION, description: "significant digits of metrics in tables (default: 5)" },
  ],
  examples: [
    { line: "waymark exp diff", does: "what the workspace does better than the last commit" },
    { line: "waymark exp diff brave-bat calm-cod", does: "two experiments" },
    { line: "waymark exp diff brave-bat@100 brave-bat", does: "a checkpoint and the end of the same run" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { diffMetrics, diffParams } = await import("@waymark/pipeline");
    const { openFigures } = await import("../../open-figures.ts");
    const { warnOfFailed } = await import("../../render/print-changes.ts");
    const { ui } = context;
    const project = openFigures(context);
    const [from = "HEAD", to = "workspace"] = args;
    const common = { from, to, withUnchanged: options.all ?? false };
    const metrics = await diffMetrics(project, common);
    const params = await diffParams(project, { ...common, onlyStageParams: options.paramDeps ?? false });
    warnOfFailed(ui, "metrics or params", [...new Set([...metrics.failed, ...params.failed])]);
    if (options.json === true) {
      const { formatCompactPythonJson } = await import("@waymark/core");
      const isEmpty = project.repo !== undefined && project.repo.headCommit === undefined;
      // Without any commit DVC answers with nothing at all.
      ui.line(isEmpty ? "{}" : formatCompactPythonJson({ metrics: metrics.changes, params: params.changes }));
      return;
    }
    const { formatChangesTable } = await import("../../render/value-changes.ts");
    const table = {
      ...{ from, to, isMarkdown: options.md ?? false, hasPath: options.path ?? true },
      ...{ hasChange: true, noChange: "diff not supported" },
    };
    ui.write(formatChangesTable(metrics.changes, { ...table, title: "Metric", digits: toDecimals(options.precision) }));
    ui.line("");
    // As in DVC, params are never rounded.
    ui.write(formatChangesTable(params.changes, { ...table, title: "Param" }));
  },
});
