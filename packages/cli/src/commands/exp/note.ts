import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineCommand } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

interface NoteOptions {
  readonly file?: string;
  readonly delete?: boolean;
}

export const command = defineCommand<NoteOptions>({
  summary: "Write a note on an experiment, or read it",
  details:
    "A note is text of your own: why you tried this, and what came of it. Listings show its first line, and it travels " +
    "with the experiment when it is renamed, pushed or pulled. A new note takes the place of the old one, which `waymark exp undo` brings back.",
  arguments: [
    { name: "<experiment>", description: "name of the experiment" },
    { name: "[text]", description: "the note; without it the note is printed" },
  ],
  options: [
    { flags: "-F, --file <path>", description: "take the text from a file, or from standard input with -" },
    { flags: "--delete", description: "take the note away" },
  ],
  examples: [
    { line: 'waymark exp note brave-bat "diverges after step 400"', does: "write it" },
    { line: "waymark exp note brave-bat -F notes.md", does: "take it from a file" },
    { line: "waymark exp note brave-bat", does: "read it" },
  ],
  async run({ args, options, context }) {
    const { noteExperiments, openProject, readLabels, selectExperiments } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const [name = "", text] = args;
    const given = [text, options.file, options.delete].filter((value) => value !== undefined);
    if (given.length > 1) throw new UsageError("Give one of a text, `--file` and `--delete`");
    const project = openProject(cwd, env);
    const selected = await selectExperiments(project, { names: [name] });
    if (given.length === 0) {
      const labels = await readLabels(project.repo);
      for (const { ref } of selected) {
        const note = labels.get(ref)?.note;
        if (note === undefined) ui.note(`There is no note on '${toPrintable(name)}'.`);
        else for (const line of note.split("\n")) ui.line(toPrintable(line));
      }
      return;
    }
    const note = options.file === undefined ? text : readText(cwd, options.file);
    await noteExperiments(project.repo, selected, options.delete === true ? undefined : note);
    ui.note(`${options.delete === true ? "Took the note off" : "Wrote the note on"} '${toPrintable(name)}'.`);
  },
});

function readText(cwd: string, path: string): string {
  return readFileSync(path === "-" ? 0 : resolve(cwd, path), "utf8");
}
