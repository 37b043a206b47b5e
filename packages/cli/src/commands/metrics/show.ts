import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { PRECISION_OPTION, toDecimals } from "./precision.ts";

interface MetricsShowOptions {
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly json?: boolean;
  readonly md?: boolean;
  readonly precision?: number;
}

export const command = defineCommand<MetricsShowOptions>({
  summary: "Print metrics",
  arguments: [
    {
      name: "[targets...]",
      description: "metrics files, or folders of them (default: those that the project tracks)",
    },
  ],
  options: [
    { flags: "-a, --all-branches", description: "show the metrics of every branch" },
    { flags: "-T, --all-tags", description: "show the metrics of every tag" },
    { flags: "-A, --all-commits", description: "show the metrics of every commit" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--md", description: "print a Markdown table" },
    { flags: "-R, --recursive", description: "accepted for DVC's sake: folders are always searched", isHidden: true },
    PRECISION_OPTION,
  ],
  examples: [
    { line: "waymark metrics show", does: "metrics as they are now" },
    { line: "waymark metrics show -T", does: "how they were in every tag" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { failedRevisions, openFigureProject, showMetrics } = await import("@waymark/pipeline");
    const { warnOfFailed } = await import("../../render/print-changes.ts");
    const { formatMetricsJson, formatMetricsTable, seenFrom } = await import("../../render/metrics-report.ts");
    const project = openFigureProject(context.cwd, context.env);
    const { allBranches = false, allTags = false, allCommits = false } = options;
    const shown = await showMetrics(project, {
      targets: args,
      scope: { isAllBranches: allBranches, isAllTags: allTags, isAllCommits: allCommits },
    });
    warnOfFailed(context.ui, "metrics", failedRevisions(shown));
    const values = seenFrom(shown, project.folder);
    if (options.json === true) {
      context.ui.line(formatMetricsJson(values));
      return;
    }
    const table = formatMetricsTable(values, {
      isMarkdown: options.md ?? false,
      hasRevision: allBranches || allTags || allCommits,
      decimals: toDecimals(options.precision),
    });
    context.ui.write(table);
  },
});
