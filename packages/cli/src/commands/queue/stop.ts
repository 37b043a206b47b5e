import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface StopOptions {
  readonly kill?: boolean;
}

export const command = defineCommand<StopOptions>({
  summary: "Stop the workers of the queue",
  details:
    "Each ends the task it has before it stops. With `--kill` tasks are interrupted and go back into the queue: they go " +
    "on from their last checkpoint, if they made one, when workers are started again.",
  options: [{ flags: "--kill", description: "do not wait for tasks to end" }],
  examples: [{ line: "waymark queue stop --kill", does: "free the machine now" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { openProject, stopWorkers } = await import("@waymark/experiments");
    const { ui, cwd, env } = context;
    const asked = stopWorkers(openProject(cwd, env), options.kill === true ? "now" : "finish");
    const busy = asked.filter(({ tasks }) => tasks.length > 0).length;
    ui.line(
      asked.length === 0
        ? "No workers run."
        : `Asked ${asked.length} ${asked.length === 1 ? "worker" : "workers"} to stop.`,
    );
    if (busy > 0 && options.kill !== true) ui.note(`${busy} of them first end the task they have.`);
  },
});
