import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";

interface RenameOptions {
  readonly gitRemote?: string;
  readonly force?: boolean;
}

export const command = defineCommand<RenameOptions>({
  summary: "Give an experiment another name",
  details:
    "Its checkpoints, tags and note go with it. With `-g` it is renamed at a Git remote, and here too when it is here. " +
    "An experiment whose run goes on keeps its name until it ends.",
  arguments: [
    { name: "<experiment>", description: "name of the experiment" },
    { name: "[name]", description: "its new name" },
  ],
  options: [
    { flags: "-g, --git-remote <git_remote>", description: "rename it at this Git remote, by name or URL" },
    { flags: "-f, --force", description: "replace an experiment that has the new name" },
  ],
  examples: [
    { line: "waymark exp rename brave-bat wide-layers", does: "a name that says something" },
    { line: "waymark exp rename -g origin brave-bat wide-layers", does: "for everybody" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args: [name = "", newName], options, context }) {
    const { ExperimentsNotFoundError, openProject, renameExperiment, renameRemoteExperiment } =
      await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { quoteNames } = await import("../../render/quote-names.ts");
    const { cwd, env, ui, signal } = context;
    if (newName === undefined) throw new CommandError(255, "A name and a new name are needed");
    const project = openProject(cwd, env);
    const { gitRemote: remote, force = false } = options;
    // As DVC: no experiment is looked for.
    if (name === newName) {
      ui.line("No experiments to rename.");
      return;
    }
    if (remote !== undefined) {
      const access = { signal, mayAsk: process.stdin.isTTY };
      const { leftBehind } = await renameRemoteExperiment(project.repo, remote, { name, newName, force }, access);
      if (leftBehind !== undefined) {
        ui.warn(toPrintable(`The old name is still at '${remote}' besides the new one: ${leftBehind}.`));
      }
    }
    try {
      const { operation } = await renameExperiment(project, name, newName, { force });
      if (operation !== undefined) ui.note(`To take it back: waymark exp undo ${operation.id}`);
    } catch (error) {
      if (remote === undefined || !(error instanceof ExperimentsNotFoundError)) throw error;
    }
    ui.line(`Renamed experiments: ${quoteNames([{ name }])}`);
  },
});
