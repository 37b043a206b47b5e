import { OWN_EXIT_CODES, defineCommand } from "../../command.ts";

interface MoveOptions {
  readonly first?: boolean;
  readonly last?: boolean;
  readonly before?: string;
}

export const command = defineCommand<MoveOptions>({
  summary: "Change the order of tasks that wait",
  arguments: [{ name: "<task>", description: "name of a task, or the first characters of its id" }],
  options: [
    { flags: "--first", description: "run it next" },
    { flags: "--last", description: "run it after all others" },
    { flags: "--before <task>", description: "run it right before this one" },
  ],
  examples: [{ line: "waymark queue move brave-bat --first", does: "what cannot wait" }],
  exitCodes: OWN_EXIT_CODES,
  async run({ args: [name = ""], options, context }) {
    const { changeQueue, findTasks, moveTask, openProject } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { UsageError } = await import("../../usage-error.ts");
    const { first = false, last = false, before } = options;
    if ([first, last, before !== undefined].filter(Boolean).length !== 1) {
      throw new UsageError("One of --first, --last and --before is needed", {
        hint: `waymark queue move ${name} --first`,
      });
    }
    const project = openProject(context.cwd, context.env);
    const [task, other] = await changeQueue(project, () => {
      const [moved] = findTasks(project, [name]);
      const [next] = before === undefined ? [] : findTasks(project, [before]);
      if (moved === undefined) return [];
      moveTask(
        project,
        moved,
        next === undefined ? { kind: first ? "first" : "last" } : { kind: "before", task: next },
      );
      return [moved, next];
    });
    if (task === undefined) return;
    const where = other === undefined ? (first ? "first" : "last") : `before ${toPrintable(other.spec.name)}`;
    context.ui.note(`${toPrintable(task.spec.name)} is ${where}.`);
  },
});
