import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

export const command = defineCommand({
  summary: "Clear away temporary files of experiments",
  details:
    "Messages of DVC's queue that are out of date, and what of ours nothing needs any more: records of operations that " +
    "are too old to undo, work trees that no run uses now, and what commands left behind that were killed. " +
    "Experiments and data stay as they are.",
  options: [],
  examples: [{ line: "waymark exp clean", does: "clear up" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ context }) {
    const { cleanProject, openProject } = await import("@waymark/experiments");
    const { noteWait } = await import("../../note-wait.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    ui.line("Cleaning up dvc-task messages...");
    const cleaned = await cleanProject(openProject(cwd, env), noteWait(ui));
    const lines = [
      count(cleaned.messages, "message"),
      count(cleaned.operations.length, "operation that was too old to undo", "operations that were too old to undo"),
      count(cleaned.indexes.length, "private copy of the index", "private copies of the index"),
      count(cleaned.runs.length, "record of a run that is gone", "records of runs that are gone"),
      count(cleaned.places.length, "work tree that no run uses", "work trees that no run uses"),
    ];
    for (const line of lines.filter((each) => each !== "")) ui.note(`Removed ${line}.`);
    for (const what of cleaned.others) ui.note(`Cleared away: ${toPrintable(what)}`);
    ui.line("Done!");
  },
});

function count(number: number, one: string, many = `${one}s`): string {
  return number === 0 ? "" : `${number} ${number === 1 ? one : many}`;
}
