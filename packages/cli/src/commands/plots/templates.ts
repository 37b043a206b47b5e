import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";

export const command = defineCommand({
  summary: "List the built-in templates of plots, or print one",
  arguments: [{ name: "[template]", description: "the template to print (default: list their names)" }],
  options: [],
  examples: [
    {
      line: "waymark plots templates simple > .dvc/plots/mine.json",
      does: "start a template of your own from a built-in one",
    },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, context }) {
    const { formatCompactPythonJson } = await import("@waymark/core");
    const { findTemplate, TEMPLATES } = await import("@waymark/plots");
    const { TemplateNotFoundError } = await import("../../plots/resolve-template.ts");
    const [name] = args;
    if (name === undefined) {
      for (const template of TEMPLATES) context.ui.line(template.name);
      return;
    }
    const template = findTemplate(name);
    if (template === undefined) throw new TemplateNotFoundError(name);
    context.ui.line(formatCompactPythonJson(template.content));
  },
});
