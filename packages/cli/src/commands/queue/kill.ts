import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface KillOptions {
  readonly force?: boolean;
}

export const command = defineCommand<KillOptions>({
  summary: "End tasks that run",
  details:
    "Everything a task has started is interrupted, as by Ctrl-C, and ended by force when it does not end by itself. Its " +
    "worker goes on with the next task. Jobs of Slurm are cancelled. What a task has made so far can be retried, from " +
    "its last checkpoint.",
  arguments: [{ name: "[task...]", description: "names of tasks, or the first characters of their ids" }],
  options: [{ flags: "-f, --force", description: "at once, without time to save anything" }],
  examples: [{ line: "waymark queue kill brave-bat", does: "give it up" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { changeQueue, findTasks, killSlurmTasks, killTasks, openProject, SlurmClient, slurmTaskOf } =
      await import("@waymark/experiments");
    const { quoteNames } = await import("../../render/quote-names.ts");
    const project = openProject(context.cwd, context.env);
    // As DVC, which takes nothing for nothing to do.
    if (args.length === 0) return context.ui.note("No task was named, and none is ended.");
    const { showQueueNews } = await import("../../queue/show-queue-news.ts");
    await showQueueNews(project, context);
    const tasks = findTasks(project, args);
    const atSlurm = tasks.filter((task) => slurmTaskOf(task) !== undefined);
    if (atSlurm.length > 0) await killSlurmTasks(project, atSlurm, new SlurmClient({ env: context.env }));
    const others = new Set(tasks.filter((task) => !atSlurm.includes(task)).map(({ id }) => id));
    await changeQueue(project, () => {
      const now = findTasks(project, args).filter(({ id }) => others.has(id));
      killTasks(project, now, options.force === true ? "force" : "ask");
    });
    context.ui.line(`Ending tasks: ${quoteNames(tasks.map(({ spec }) => spec))}`);
  },
});
