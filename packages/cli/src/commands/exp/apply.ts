import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { noteWait } from "../../note-wait.ts";

interface ApplyOptions {
  readonly force?: boolean;
  readonly allowMissing?: boolean;
  readonly dryRun?: boolean;
}

export const command = defineCommand<ApplyOptions>({
  summary: "Put the files of an experiment or checkpoint into the workspace",
  details:
    "Files, data and params become what they were. HEAD stays where it is, what is staged stays staged, and files " +
    "that no experiment knows stay as they are. Changes that are saved nowhere stop it. `waymark exp undo` takes it back.",
  arguments: [{ name: "<experiment>", description: "NAME, NAME@STEP, or any Git revision" }],
  options: [
    { flags: "-f, --force", description: "replace unsaved changes, and keep a copy of them" },
    { flags: "--no-force", description: "the default; accepted for DVC's sake", isHidden: true },
    { flags: "--allow-missing", description: "apply the rest when the cache lacks data" },
    { flags: "--dry-run", description: "say what would change, and change nothing" },
  ],
  examples: [
    { line: "waymark exp apply brave-bat", does: "the experiment as it ended" },
    { line: "waymark exp apply brave-bat@300", does: "its checkpoint of step 300" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { applyExperiment, openProject } = await import("@waymark/experiments");
    const { showData } = await import("../../data-progress.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const how = {
      force: options.force ?? false,
      allowMissing: options.allowMissing ?? false,
      isDryRun: options.dryRun ?? false,
      ...{ signal, onProgress: showData(ui, "Checking out"), ...noteWait(ui) },
    };
    const project = openProject(cwd, env);
    const applied = await clearingProgress(ui, async () => applyExperiment(project, args[0] as string, how));
    const gone = applied.data.plans.flatMap(({ remove }) => remove);
    const written = [...applied.writes.map(({ path }) => path), ...applied.data.plans.flatMap(({ write }) => write)];
    const removed = [...applied.removes, ...gone];
    if (options.dryRun === true) {
      for (const path of written.toSorted()) ui.line(`write   ${toPrintable(path)}`);
      for (const path of removed.toSorted()) ui.line(`remove  ${toPrintable(path)}`);
      if (written.length + removed.length === 0) ui.note("Nothing would change.");
      return;
    }
    ui.note(
      `Applied ${toPrintable(applied.target.label)} (${applied.target.commit.slice(0, 7)}): ` +
        `${count(written.length, "file")} written, ${count(removed.length, "file")} removed.`,
    );
    for (const path of applied.data.missing) {
      ui.warn(`'${toPrintable(path)}' is not in the cache and was left as it is.`);
    }
    for (const path of applied.data.unreadable) {
      ui.warn(`'${toPrintable(path)}' cannot be read, so the data it names was left as it is.`);
    }
    for (const path of applied.submodules) {
      ui.warn(`Submodule '${toPrintable(path)}' is at another commit in the experiment; it was left as it is.`);
    }
    if (applied.inTheWay.length > 0) {
      ui.note(`Changes that were saved nowhere were replaced. To get them back: waymark exp undo`);
    }
  },
});

function count(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}
