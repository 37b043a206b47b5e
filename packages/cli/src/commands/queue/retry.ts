import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface RetryOptions {
  readonly failed?: boolean;
}

export const command = defineCommand<RetryOptions>({
  summary: "Put tasks that failed or were ended into the queue again",
  details: "A task that made checkpoints goes on from the last of them; the others begin anew.",
  arguments: [{ name: "[task...]", description: "names of tasks, or the first characters of their ids" }],
  options: [{ flags: "--failed", description: "all that did not finish" }],
  examples: [
    { line: "waymark queue retry brave-bat", does: "once more" },
    { line: "waymark queue retry --failed", does: "after a mistake that all of them met" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { changeQueue, findTasks, listTasks, openProject, retryTasks } = await import("@waymark/experiments");
    const { quoteNames } = await import("../../render/quote-names.ts");
    const { UsageError } = await import("../../usage-error.ts");
    if ((args.length === 0) === (options.failed !== true)) {
      throw new UsageError("Either names of tasks or --failed is needed", { hint: "waymark queue retry --failed" });
    }
    const project = openProject(context.cwd, context.env);
    const tasks = await changeQueue(project, () => {
      const chosen =
        args.length > 0
          ? findTasks(project, args)
          : listTasks(project, ["done"]).filter(
              ({ result }) => result?.state !== "finished" && result?.state !== "stopped",
            );
      retryTasks(project, chosen);
      return chosen;
    });
    context.ui.line(
      tasks.length === 0 ? "No task has failed." : `Queued again: ${quoteNames(tasks.map(({ spec }) => spec))}`,
    );
  },
});
