import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { noteWait } from "../note-wait.ts";

interface CommitOptions {
  readonly force?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly relink?: boolean;
}

export const command = defineCommand<CommitOptions>({
  summary: "Record data and outputs as they are now, without running anything",
  details:
    "For what was changed by hand and is right as it is: the content goes to the cache, and dvc.lock and .dvc files " +
    "record it together with the commands and inputs there are now.",
  arguments: [{ name: "[targets...]", description: "stages, .dvc files or outputs (default: everything)" }],
  options: [
    { flags: "-f, --force", description: "do not ask about what changed" },
    { flags: "-d, --with-deps", description: "also the stages that the targets need" },
    { flags: "-R, --recursive", description: "a folder stands for the stages in it" },
    { flags: "--no-relink", description: "leave the files as they are instead of linking them to the cache" },
  ],
  examples: [{ line: "waymark commit -f train", does: "take the outputs of `train` as they are" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { commitStages, describeChanges, openDvcProject, stageAddress, withProjectLock } =
      await import("@waymark/pipeline");
    const { confirm } = await import("../confirm.ts");
    const { showData } = await import("../data-progress.ts");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const edit = await withProjectLock(project, async () =>
      commitStages(project, args, {
        force: options.force ?? false,
        withDeps: options.withDeps ?? false,
        isRecursive: options.recursive ?? false,
        relink: options.relink ?? true,
        signal,
        onProgress: showData(ui, "Storing"),
        confirm: async (stage, changes) => {
          const name = stageAddress(stage, project.folder);
          return confirm(ui, toPrintable(`Stage '${name}': ${describeChanges(changes)}. Record it as it is?`));
        },
      }),
    );
    ui.progress("");
    noteGitAdd(ui, project, edit);
  },
});
