import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";

interface LogsOptions {
  readonly follow?: boolean;
  readonly encoding?: string;
}

export const command = defineCommand<LogsOptions>({
  summary: "Print what a task of the queue has printed",
  arguments: [{ name: "<task>", description: "name of a task, or the first characters of its id" }],
  options: [
    { flags: "-f, --follow", description: "go on until the task is over; Ctrl-C ends only this command" },
    { flags: "-e, --encoding <encoding>", description: "accepted for DVC's sake: logs are UTF-8", isHidden: true },
  ],
  examples: [{ line: "waymark queue logs -f brave-bat", does: "watch it" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { findTasks, openProject } = await import("@waymark/experiments");
    const { printLog } = await import("../../queue/print-log.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { followSlurmNews, showSlurmNews } = await import("../../slurm/bring-news.ts");
    const { showQueueNews } = await import("../../queue/show-queue-news.ts");
    const project = openProject(context.cwd, context.env);
    await showQueueNews(project, context);
    if (options.follow !== true) await showSlurmNews(project, context);
    const [task] = findTasks(project, args);
    if (task === undefined) return;
    const isFollowing = options.follow ?? false;
    if (!isFollowing && task.attempts === 0) {
      const hint = "To wait for it: waymark queue logs --follow";
      throw new CommandError(255, `The task '${task.spec.name}' has not started yet`, hint);
    }
    const news = isFollowing ? followSlurmNews(project, context) : undefined;
    let hasText: boolean;
    try {
      hasText = await printLog(project, task, isFollowing, context);
    } finally {
      await news?.stop();
    }
    if (!hasText && task.result?.reason !== undefined && task.result.reason !== null)
      context.ui.note(toPrintable(task.result.reason));
  },
});
