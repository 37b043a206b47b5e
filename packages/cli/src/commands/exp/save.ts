import { resolve } from "node:path";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";

interface SaveOptions {
  readonly name?: string;
  readonly message?: string;
  readonly force?: boolean;
  readonly includeUntracked?: readonly string[];
  readonly json?: boolean;
}

const SHOWN = 10;

export const command = defineCommand<SaveOptions>({
  summary: "Save the workspace as an experiment",
  details: "HEAD, the index and the files stay as they are. Data that .dvc files track goes to the cache.",
  options: [
    { flags: "-n, --name <name>", description: "name of the experiment (default: two random words)" },
    { flags: "-m, --message <text>", description: "message of its commit" },
    { flags: "-f, --force", description: "replace an experiment of the same name" },
    {
      flags: "-I, --include-untracked <path>",
      description: "save an untracked file or folder, too; may be repeated",
      isRepeatable: true,
    },
    { flags: "--json", description: "print JSON: the commit, under the key DVC uses" },
  ],
  examples: [{ line: "waymark exp save -n before-refactor", does: "save what is here now under a name" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ options, context }) {
    const { openProject, saveExperiment } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const saved = saveExperiment(openProject(cwd, env), {
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.message === undefined ? {} : { message: options.message }),
      force: options.force ?? false,
      include: (options.includeUntracked ?? []).map((path) => resolve(cwd, path)),
    });
    if (saved.leftOut.length > 0) {
      const shown = saved.leftOut.slice(0, SHOWN).map((path) => `  ${toPrintable(path)}`);
      if (saved.leftOut.length > SHOWN) shown.push(`  and ${saved.leftOut.length - SHOWN} more`);
      ui.warn(`These untracked files are not part of it; add them with \`-I\`:\n${shown.join("\n")}`);
    }
    if (options.json === true) ui.line(JSON.stringify({ ref: saved.commit }));
    else ui.line(`Experiment has been saved as: ${saved.name}`);
  },
});
