import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface RemoveOptions {
  readonly all?: boolean;
  readonly queued?: boolean;
  readonly failed?: boolean;
  readonly success?: boolean;
}

export const command = defineCommand<RemoveOptions>({
  summary: "Take tasks out of the queue",
  details: "Their logs go with them. Experiments that they made stay. A task that runs has to be ended first.",
  arguments: [{ name: "[task...]", description: "names of tasks, or the first characters of their ids" }],
  options: [
    { flags: "--all", description: "all that do not run" },
    { flags: "--queued", description: "those that wait" },
    { flags: "--failed", description: "those that failed or were ended" },
    { flags: "--success", description: "those that finished" },
  ],
  examples: [{ line: "waymark queue remove --success", does: "tidy up" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { changeQueue, findTasks, listTasks, openProject, removeTasks } = await import("@waymark/experiments");
    const { CommandError } = await import("../../command-error.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { all = false, queued = false, failed = false, success = false } = options;
    if (args.length > 0 === (all || queued || failed || success)) {
      // DVC: "Either provide an `tasks` argument, or use the `--all`, … flag.", with 255 and not as bad arguments.
      throw new CommandError(
        DVC_EXIT_CODES.failed,
        "Either names of tasks or one of --all, --queued, --failed and --success is needed",
        "waymark queue remove --success",
      );
    }
    const project = openProject(context.cwd, context.env);
    const isGood = (state: string | undefined): boolean => state === "finished" || state === "stopped";
    const tasks = await changeQueue(project, () => {
      const chosen =
        args.length > 0
          ? findTasks(project, args)
          : listTasks(project, ["waiting", "done"]).filter(({ place, result }) => {
              if (place === "waiting") return all || queued;
              return all || (isGood(result?.state) ? success : failed);
            });
      removeTasks(project, chosen);
      return chosen;
    });
    // As DVC: one line per task.
    for (const { spec } of tasks) context.ui.line(`Removed experiment task from queue: ${toPrintable(spec.name)}`);
  },
});
