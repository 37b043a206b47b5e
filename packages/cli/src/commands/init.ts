import { resolve } from "node:path";
import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";

interface InitOptions {
  readonly scm?: boolean;
  readonly subdir?: boolean;
  readonly force?: boolean;
}

export const command = defineCommand<InitOptions>({
  summary: "Make this folder a project",
  details:
    "Makes the folder .dvc and stages its configuration. The folder is the root of a Git repository, unless one of the " +
    "options says otherwise.",
  arguments: [{ name: "[directory]", description: "the folder (default: the current one)" }],
  options: [
    { flags: "--no-scm", description: "do without Git" },
    { flags: "--subdir", description: "the folder lies inside a Git repository whose root is further up" },
    { flags: "-f, --force", description: "make it anew: removes .dvc with the cache in it" },
  ],
  examples: [{ line: "waymark init", does: "in the root of a Git repository" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { initProject } = await import("@waymark/pipeline");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const hasNoScm = options.scm === false;
    if (hasNoScm && options.subdir === true) {
      throw new CommandError(
        255,
        "`--no-scm` and `--subdir` exclude each other",
        "`--subdir` is for a folder of a Git repository, `--no-scm` for one without Git.",
      );
    }
    const { root, staged } = initProject(resolve(cwd, args[0] ?? "."), {
      env,
      hasNoScm,
      isSubfolder: options.subdir ?? false,
      force: options.force ?? false,
    });
    ui.note(`Initialized the project in '${toPrintable(root)}'.`);
    if (staged.length > 0) ui.note("Its configuration is staged: you can commit it now.");
  },
});
