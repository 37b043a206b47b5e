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
  arguments: [{ name: "<task...>", description: "names of tasks, or the first characters of their ids" }],
  options: [{ flags: "-f, --force", description: "at once, without time to save anything" }],
  examples: [{ line: "waymark queue kill brave-bat", does: "give it up" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { findTasks, killSlurmTasks, killTasks, openProject, SlurmClient, slurmTaskOf } =
      await import("@waymark/experiments");
    const { quoteNames } = await import("../../render/quote-names.ts");
    const project = openProject(context.cwd, context.env);
    const tasks = findTasks(project, args);
    const atSlurm = tasks.filter((task) => slurmTaskOf(task) !== undefined);
    if (atSlurm.length > 0) await killSlurmTasks(project, atSlurm, new SlurmClient({ env: context.env }));
    const others = tasks.filter((task) => !atSlurm.includes(task));
    killTasks(project, others, options.force === true ? "force" : "ask");
    context.ui.line(`Ending tasks: ${quoteNames(tasks.map(({ spec }) => spec))}`);
  },
});
