import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { JOBS_OPTION, transferOptions } from "../external-options.ts";
import { noteWait } from "../note-wait.ts";

interface UpdateOptions {
  readonly rev?: string;
  readonly recursive?: boolean;
  readonly download?: boolean;
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly jobs?: number;
}

export const command = defineCommand<UpdateOptions>({
  summary: "Bring imported data up to date",
  details: "Looks where the data came from, and brings what is new there.",
  arguments: [{ name: "<target...>", description: ".dvc files that `import` or `import-url` made" }],
  options: [
    { flags: "--rev <commit>", description: "branch, tag or commit of the repository it came from; it is recorded" },
    { flags: "-R, --recursive", description: "update every import in a folder" },
    { flags: "--no-download", description: "record what the data is now without downloading it" },
    { flags: "--to-remote", description: "send the data to a remote, and keep nothing here" },
    { flags: "-r, --remote <name>", description: "with --to-remote: the remote (default: the default one)" },
    JOBS_OPTION,
  ],
  examples: [
    { line: "waymark update model.bin.dvc", does: "take the newest model" },
    { line: "waymark update model.bin.dvc --rev v2", does: "take that of a release" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { openDvcProject, stageAddress, updateImports, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const transfer = await transferOptions(context, options.jobs);
    const run = () =>
      updateImports(project, args, {
        ...{ ...transfer, revision: options.rev, remote: options.remote },
        isRecursive: options.recursive ?? false,
        isHashOnly: options.download === false,
        isToRemote: options.toRemote ?? false,
      });
    const { updated, edit } = await clearingProgress(ui, () => withProjectLock(project, run));
    for (const { stage, outcome } of updated) {
      const name = toPrintable(stageAddress(stage, project.folder));
      if (outcome === "not-an-import") ui.warn(`'${name}' imports nothing: there is nothing to update.`);
      else ui.note(outcome === "updated" ? `'${name}' is updated.` : `'${name}' didn't change, skipping`);
    }
    noteGitAdd(ui, project, edit);
  },
});
