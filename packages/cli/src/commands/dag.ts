import { CommandError } from "../command-error.ts";
import { DVC_EXIT_CODES, defineCommand } from "../command.ts";

interface DagOptions {
  readonly dot?: boolean;
  readonly mermaid?: boolean;
  readonly md?: boolean;
  readonly full?: boolean;
  readonly outs?: boolean;
  readonly collapseForeachMatrix?: boolean;
}

export const command = defineCommand<DagOptions>({
  summary: "Draw which stage needs which",
  arguments: [{ name: "[target]", description: "stage or output: only what leads to it (default: everything)" }],
  options: [
    { flags: "--dot", description: "in the language of Graphviz" },
    { flags: "--mermaid", description: "as a Mermaid flowchart" },
    { flags: "--md", description: "as a Mermaid flowchart in a block of Markdown" },
    { flags: "--collapse-foreach-matrix", description: "one node for all stages of a foreach or matrix" },
    { flags: "--full", description: "with a target: everything that is connected with it" },
    { flags: "-o, --outs", description: "outputs instead of stages" },
  ],
  examples: [
    { line: "waymark dag train", does: "what leads to a stage" },
    { line: "waymark dag --dot | dot -Tsvg > dag.svg", does: "draw it with Graphviz" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    if (options.outs === true && options.collapseForeachMatrix === true) {
      throw new CommandError(255, "`--outs` and `--collapse-foreach-matrix` do not go together");
    }
    const { collectDag, loadProject, openDvcProject } = await import("@waymark/pipeline");
    const { formatDot, formatMermaid } = await import("../render/dag-text.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    const { stages } = await loadProject(project);
    const dag = collectDag(project, stages, {
      target: args[0],
      isFull: options.full ?? false,
      isOfOutputs: options.outs ?? false,
      isCollapsed: options.collapseForeachMatrix ?? false,
    });
    if (options.dot === true) ui.line(formatDot(dag));
    else if (options.md === true) ui.line(`\`\`\`mermaid\n${formatMermaid(dag)}\n\`\`\``);
    else if (options.mermaid === true) ui.line(formatMermaid(dag));
    else {
      const { drawDag } = await import("../render/dag/drawing.ts");
      ui.line(drawDag(dag));
    }
  },
});
