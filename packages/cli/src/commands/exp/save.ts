import { resolve } from "node:path";
import { noteWait } from "../../note-wait.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";

interface SaveOptions {
  readonly name?: string;
  readonly message?: string;
  readonly force?: boolean;
  readonly includeUntracked?: readonly string[];
  readonly json?: boolean;
  readonly recursive?: boolean;
  readonly allowSecrets?: boolean;
}

const SHOWN = 10;

export const command = defineCommand<SaveOptions>({
  summary: "Save the workspace as an experiment",
  details:
    "HEAD, the index and the files stay as they are. Data and outputs of stages that changed go to the cache, and " +
    ".dvc files and dvc.lock record them. Untracked files that look like credentials stop it.",
  arguments: [
    { name: "[targets...]", description: "take the data of these stages and .dvc files only (default: all)" },
  ],
  options: [
    { flags: "-R, --recursive", description: "a folder among the targets stands for the stages in it" },
    { flags: "-n, --name <name>", description: "name of the experiment (default: two random words)" },
    { flags: "-m, --message <text>", description: "message of its commit" },
    { flags: "-f, --force", description: "replace an experiment of the same name" },
    {
      flags: "-I, --include-untracked <path>",
      description: "save an untracked file or folder, too; may be repeated",
      isRepeatable: true,
    },
    { flags: "--allow-secrets", description: "save untracked files although they look like credentials" },
    { flags: "--json", description: "print JSON: the commit, under the key DVC uses" },
  ],
  examples: [{ line: "waymark exp save -n before-refactor", does: "save what is here now under a name" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { openProject, saveExperiment } = await import("@waymark/experiments");
    const { showData } = await import("../../data-progress.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const saving = {
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.message === undefined ? {} : { message: options.message }),
      force: options.force ?? false,
      include: (options.includeUntracked ?? []).map((path) => resolve(cwd, path)),
      ...{ targets: args, cwd, isRecursive: options.recursive ?? false, allowsSecrets: options.allowSecrets ?? false },
      ...{ signal, onProgress: showData(ui, "Storing"), ...noteWait(ui) },
    };
    const saved = await clearingProgress(ui, async () => saveExperiment(openProject(cwd, env), saving));
    if (saved.leftOut.length > 0) {
      const shown = saved.leftOut.slice(0, SHOWN).map((path) => `  ${toPrintable(path)}`);
      if (saved.leftOut.length > SHOWN) shown.push(`  and ${saved.leftOut.length - SHOWN} more`);
      ui.warn(`These untracked files are not part of it; add them with \`-I\`:\n${shown.join("\n")}`);
    }
    if (options.json === true) ui.line(JSON.stringify({ ref: saved.commit }));
    else ui.line(`Experiment has been saved as: ${saved.name}`);
  },
});
