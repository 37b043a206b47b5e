import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { noteWait } from "../note-wait.ts";

interface RemoveOptions {
  readonly outs?: boolean;
}

export const command = defineCommand<RemoveOptions>({
  summary: "Stop tracking data, or take stages out of the pipeline",
  details: "The cache keeps what it has until `waymark gc`.",
  arguments: [{ name: "<target...>", description: ".dvc files, and stages of a dvc.yaml" }],
  options: [{ flags: "--outs", description: "remove the files in the workspace, too" }],
  examples: [
    { line: "waymark remove data.dvc", does: "stop tracking data, and keep it" },
    { line: "waymark remove train", does: "take a stage out of dvc.yaml and dvc.lock" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { openDvcProject, removeStages, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const edit = await withProjectLock(project, async () =>
      removeStages(project, args, { withOuts: options.outs ?? false }),
    );
    noteGitAdd(ui, project, edit);
  },
});
