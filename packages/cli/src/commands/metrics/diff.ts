import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { listOf } from "../../option-list.ts";
import { PRECISION_OPTION, toDecimals } from "./precision.ts";

interface MetricsDiffOptions {
  /** True when no path follows it. */
  readonly targets?: readonly string[] | boolean;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly md?: boolean;
  readonly path?: boolean;
  readonly precision?: number;
}

export const command = defineCommand<MetricsDiffOptions>({
  summary: "Show how metrics differ between commits, or a commit and the workspace",
  arguments: [
    { name: "[a_rev]", description: "the older commit or experiment (default: HEAD)" },
    { name: "[b_rev]", description: "the newer commit or experiment (default: the workspace)" },
  ],
  options: [
    {
      flags: "--targets [paths...]",
      description: "compare these metrics files, whether tracked or not; of a folder, all its files",
    },
    { flags: "-R, --recursive", description: "accepted for DVC's sake: folders are always searched", isHidden: true },
    { flags: "--all", description: "show unchanged metrics as well" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--md", description: "print a Markdown table" },
    { flags: "--no-path", description: "leave out the column of paths" },
    PRECISION_OPTION,
  ],
  examples: [
    { line: "waymark metrics diff", does: "what your changes made better or worse" },
    { line: "waymark metrics diff v1 main --all", does: "everything, also what stayed" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { diffMetrics } = await import("@waymark/pipeline");
    const { openFigures } = await import("../../open-figures.ts");
    const { printChanges } = await import("../../render/print-changes.ts");
    const project = openFigures(context);
    const [from = "HEAD", to = "workspace"] = args;
    const targets = listOf(options.targets);
    const diff = await diffMetrics(project, { from, to, targets, withUnchanged: options.all ?? false });
    printChanges(context.ui, diff, {
      kind: "metrics",
      folder: project.folder,
      isJson: options.json ?? false,
      table: {
        title: "Metric",
        from,
        to,
        isMarkdown: options.md ?? false,
        hasPath: options.path ?? true,
        hasChange: true,
        decimals: toDecimals(options.precision),
      },
    });
  },
});
