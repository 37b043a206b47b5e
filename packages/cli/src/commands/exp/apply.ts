import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface ApplyOptions {
  readonly force?: boolean;
  readonly allowMissing?: boolean;
  readonly dryRun?: boolean;
}

export const command = defineCommand<ApplyOptions>({
  summary: "Put the files of an experiment or checkpoint into the workspace",
  details:
    "Files, data and params become what they were. HEAD and the index stay as they are, and so do files that no " +
    "experiment knows. Changes that are saved nowhere stop it.",
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
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const selector = args[0] as string;
    const applied = applyExperiment(openProject(cwd, env), selector, {
      force: options.force ?? false,
      allowMissing: options.allowMissing ?? false,
      isDryRun: options.dryRun ?? false,
    });
    const written = [...applied.writes.map(({ path }) => path), ...applied.checkout];
    if (options.dryRun === true) {
      for (const path of [...written].sort()) ui.line(`write   ${toPrintable(path)}`);
      for (const path of [...applied.removes].sort()) ui.line(`remove  ${toPrintable(path)}`);
      if (written.length + applied.removes.length === 0) ui.note("Nothing would change.");
      return;
    }
    ui.note(
      `Applied ${toPrintable(applied.target.label)} (${applied.target.commit.slice(0, 7)}): ` +
        `${count(written.length, "file")} written, ${count(applied.removes.length, "file")} removed.`,
    );
    for (const path of applied.missing) ui.warn(`'${toPrintable(path)}' is not in the cache and was left out.`);
    if (applied.undoRef !== undefined) {
      ui.note(`What was replaced is kept. To get it back: waymark exp apply --force ${applied.undoRef}`);
    }
  },
});

function count(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}
