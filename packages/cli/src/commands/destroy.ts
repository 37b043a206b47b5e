import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";

interface DestroyOptions {
  readonly force?: boolean;
}

export const command = defineCommand<DestroyOptions>({
  summary: "Make the project a plain folder again, and remove its cache",
  details: "Removes dvc.yaml, dvc.lock and .dvc files, and the folder .dvc. The data in the workspace stays.",
  options: [{ flags: "-f, --force", description: "do not ask" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ options, context }) {
    const { destroyProject, listProjectFiles, openDvcProject } = await import("@waymark/pipeline");
    const { confirm } = await import("../confirm.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    if (options.force !== true) {
      const files = await listProjectFiles(project);
      const question = `Remove ${files.length} files and folders that make this a project, with all data in its cache?`;
      if (!(await confirm(ui, question))) {
        throw new CommandError(1, "Nothing was removed: it needs a yes", "Pass `--force` to do without.");
      }
    }
    await destroyProject(project);
  },
});
