import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

export const command = defineCommand({
  summary: "Make a Git branch of an experiment or checkpoint",
  details: "The branch is made at the commit asked for. Nothing is checked out.",
  arguments: [
    { name: "<experiment>", description: "NAME, NAME@STEP, or a commit of an experiment" },
    { name: "[branch]", description: "name of the branch (default: NAME-branch)" },
  ],
  options: [],
  examples: [{ line: "waymark exp branch brave-bat@300 good-start", does: "a branch at that checkpoint" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, context }) {
    const { branchExperiment, openProject } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const { branch, commit, temporary } = branchExperiment(openProject(cwd, env).repo, args[0] as string, args[1]);
    if (temporary.length > 0) {
      const files = temporary.map((path) => `  ${toPrintable(path)}`).join("\n");
      ui.warn(`The commit holds temporary files of DVC, which may name tokens; remove them before you push:\n${files}`);
    }
    ui.note(
      `Branch '${toPrintable(branch)}' is at ${commit.slice(0, 7)}. To switch to it: git switch ${toPrintable(branch)}`,
    );
  },
});
