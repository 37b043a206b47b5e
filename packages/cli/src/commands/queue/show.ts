import { OWN_EXIT_CODES, defineCommand } from "../../command.ts";

export const command = defineCommand({
  summary: "Show what one task of the queue is to do, and how it went",
  arguments: [{ name: "<task>", description: "name of a task, or the first characters of its id" }],
  options: [],
  examples: [{ line: "waymark queue show brave-bat", does: "its params, attempts, exit code and reason" }],
  exitCodes: OWN_EXIT_CODES,
  async run({ args, context }) {
    const { findTasks, openProject } = await import("@waymark/experiments");
    const { formatTaskDetails } = await import("../../render/queue-status.ts");
    const { showSlurmNews } = await import("../../slurm/bring-news.ts");
    const { showQueueNews } = await import("../../queue/show-queue-news.ts");
    const project = openProject(context.cwd, context.env);
    await showQueueNews(project, context);
    await showSlurmNews(project, context);
    for (const task of findTasks(project, args)) context.ui.write(formatTaskDetails(task, Date.now()));
  },
});
