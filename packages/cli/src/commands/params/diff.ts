import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { listOf } from "../../option-list.ts";

interface ParamsDiffOptions {
  /** True when no path follows it. */
  readonly targets?: readonly string[] | boolean;
  readonly all?: boolean;
  readonly deps?: boolean;
  readonly json?: boolean;
  readonly md?: boolean;
  readonly path?: boolean;
}

export const command = defineCommand<ParamsDiffOptions>({
  summary: "Show how params differ between commits, or a commit and the workspace",
  arguments: [
    { name: "[a_rev]", description: "the older commit or experiment (default: HEAD)" },
    { name: "[b_rev]", description: "the newer commit or experiment (default: the workspace)" },
  ],
  options: [
    { flags: "--targets [paths...]", description: "compare these params files, whether tracked or not" },
    { flags: "--all", description: "show unchanged params as well" },
    { flags: "--deps", description: "show only params that stages depend on" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--md", description: "print a Markdown table" },
    { flags: "--no-path", description: "leave out the column of paths" },
  ],
  examples: [
    { line: "waymark params diff", does: "what you changed since the last commit" },
    { line: "waymark params diff v1 v2 --deps", does: "params of stages in two tags" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { diffParams } = await import("@waymark/pipeline");
    const { openFigures } = await import("../../open-figures.ts");
    const { printChanges } = await import("../../render/print-changes.ts");
    const project = openFigures(context);
    const [from = "HEAD", to = "workspace"] = args;
    const diff = await diffParams(project, {
      from,
      to,
      targets: listOf(options.targets),
      withUnchanged: options.all ?? false,
      onlyStageParams: options.deps ?? false,
    });
    printChanges(context.ui, diff, {
      kind: "params",
      folder: project.folder,
      isJson: options.json ?? false,
      table: {
        title: "Param",
        from,
        to,
        isMarkdown: options.md ?? false,
        hasPath: options.path ?? true,
        hasChange: false,
      },
    });
  },
});
