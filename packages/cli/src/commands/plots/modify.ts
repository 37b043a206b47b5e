import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { listOf } from "../../option-list.ts";
import { PROPERTY_OPTIONS, typedProperties, type PropertyOptions } from "./plot-options.ts";
import { noteWait } from "../../note-wait.ts";

interface PlotsModifyOptions extends PropertyOptions {
  /** True when no name follows it. */
  readonly unset?: readonly string[] | boolean;
}

export const command = defineCommand<PlotsModifyOptions>({
  summary: "Change how a plot of a stage is drawn",
  details:
    "Edits the stage in its dvc.yaml; comments and everything else there stay as they are. An output that is no plot " +
    "becomes one.",
  arguments: [{ name: "<target>", description: "path of the output" }],
  options: [
    ...PROPERTY_OPTIONS,
    { flags: "--unset [properties...]", description: "take properties away: x, y, title, x_label and so on" },
  ],
  examples: [
    { line: "waymark plots modify preds.csv -t confusion -x truth -y guess", does: "draw it as a matrix" },
    { line: "waymark plots modify preds.csv --unset title", does: "let its path be its title again" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { modifyPlot, openDvcProject, openFigureProject, withProjectLock } = await import("@waymark/pipeline");
    const { requireTemplate } = await import("../../plots/resolve-template.ts");
    const { noteGitAdd } = await import("../../note-git-add.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const target = args[0] as string;
    if (typeof options.template === "string") {
      const { template } = options;
      // Named wrongly it would only be found out when the plot is drawn.
      requireTemplate(template, { project: openFigureProject(cwd, env), cwd, typed: template });
    }
    const changes = { set: typedProperties(options), unset: listOf(options.unset) };
    const edit = await withProjectLock(project, async () => modifyPlot(project, target, changes));
    noteGitAdd(ui, project, edit.finish());
  },
});
