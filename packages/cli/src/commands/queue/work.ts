import { OWN_EXIT_CODES, defineCommand } from "../../command.ts";
import { parseDuration } from "../../parse-duration.ts";
import { parseJobs } from "../../parse-number.ts";
import { type SlotOptions, slotOptions } from "../../queue/slot-options.ts";

interface WorkOptions extends SlotOptions {
  readonly jobs?: number;
  readonly idle?: number;
}

export const command = defineCommand<WorkOptions>({
  summary: "Run the tasks of the queue in this terminal",
  details:
    "What `waymark queue start` starts in the background, for a terminal of its own, a container or a service. Ctrl-C " +
    "interrupts its tasks and puts them back into the queue: they go on from their last checkpoint another time.",
  goesOnUnread: true,
  options: [
    { flags: "-j, --jobs <number>", description: "tasks at a time (default: 1, or one per GPU)", parse: parseJobs },
    ...slotOptions(),
    { flags: "--idle <time>", description: "end after so long without a task (default: 10s)", parse: parseDuration },
  ],
  examples: [{ line: "waymark queue work -j 2 --gpus 0,1", does: "until the queue is empty" }],
  exitCodes: OWN_EXIT_CODES,
  async run({ options, context }) {
    const { openProject, workQueue } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const { gpus, cpus, jobs = gpus?.length ?? 1, idle } = options;
    const { noteDvcQueue } = await import("../../queue/note-dvc-queue.ts");
    const project = openProject(cwd, env);
    noteDvcQueue(ui, project);
    const ended = await workQueue(
      project,
      { slots: jobs, gpus, cpus, signal, ...(idle === undefined ? {} : { idleMs: idle }) },
      {
        onStart: ({ spec, id }) => ui.note(`Started ${toPrintable(spec.name)} (${id}).`),
        onEnd: ({ spec }, { state, reason }) => {
          ui.note(`${toPrintable(spec.name)}: ${state}${reason === null ? "" : ` (${toPrintable(reason)})`}.`);
        },
        onGivenBack: ({ spec }) => ui.note(`${toPrintable(spec.name)} waits again.`),
        onWarning: (text) => ui.warn(toPrintable(text)),
      },
    );
    ui.note(`${ended} ${ended === 1 ? "task" : "tasks"} done.`);
  },
});
