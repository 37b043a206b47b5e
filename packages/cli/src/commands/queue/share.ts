import { OWN_EXIT_CODES, defineCommand } from "../../command.ts";

interface ShareOptions {
  readonly off?: boolean;
}

export const command = defineCommand<ShareOptions>({
  summary: "Share the queue with other clones, through a Git remote",
  details:
    "From then on the queue of the remote is the one of this clone: what is queued here runs wherever a worker of another " +
    "clone takes it, and results and logs come back. Whoever may push to the remote can queue commands that your workers " +
    "run. Data travels by the data remote. Without a remote it tells through which one the queue is shared.",
  arguments: [{ name: "[remote]", description: "name or address of a Git remote" }],
  options: [{ flags: "--off", description: "have a queue of one's own again; the tasks stay at the remote" }],
  examples: [
    { line: "waymark queue share origin", does: "in each clone that is to take part" },
    { line: "waymark queue share --off", does: "no more" },
  ],
  exitCodes: OWN_EXIT_CODES,
  async run({ args: [remote], options, context }) {
    const { openProject, queueRemote, shareQueue, unshareQueue } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { UsageError } = await import("../../usage-error.ts");
    const { cwd, env, ui, signal } = context;
    if (remote !== undefined && options.off === true) {
      throw new UsageError("Either a remote or --off is needed", { hint: "waymark queue share --off" });
    }
    const project = openProject(cwd, env);
    if (options.off === true) {
      const former = await unshareQueue(project);
      ui.note(
        former === undefined
          ? "The queue is not shared."
          : `The queue is this clone's own again; its tasks stay at ${toPrintable(former)}.`,
      );
      return;
    }
    if (remote === undefined) {
      const through = queueRemote(project);
      ui.line(
        through === undefined
          ? "The queue is this clone's own."
          : `The queue is shared through ${toPrintable(through)}.`,
      );
      return;
    }
    const count = await shareQueue(project, remote, signal);
    const tasks =
      count === 0 ? "" : ` ${count} ${count === 1 ? "task of this clone is" : "tasks of this clone are"} in it now.`;
    ui.note(`The queue is shared through ${toPrintable(remote)}.${tasks}`);
  },
});
