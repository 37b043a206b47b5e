import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { noteWait } from "../note-wait.ts";

export const command = defineCommand({
  summary: "Move or rename tracked data together with its .dvc file",
  arguments: [
    { name: "<source>", description: "a tracked file or folder" },
    { name: "<target>", description: "its new path, or a folder to move it into" },
  ],
  options: [],
  examples: [{ line: "waymark move raw.csv data/", does: "move the file, its .dvc file and its .gitignore entry" }],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, context }) {
    const { moveData, openDvcProject, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const [source = "", target = ""] = args;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const { wasMissing, edit } = await withProjectLock(project, async () => moveData(project, source, target));
    if (wasMissing) ui.warn(`'${toPrintable(source)}' is not in the workspace: only its record was moved.`);
    noteGitAdd(ui, project, edit);
  },
});
