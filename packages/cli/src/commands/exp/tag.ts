import { defineCommand } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";
import { hasSelection, type SelectionOptions, selectionOptions, toExperimentSelection } from "./selection-options.ts";

interface TagOptions extends SelectionOptions {
  readonly tag?: readonly string[];
  readonly delete?: boolean;
  readonly dry?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<TagOptions>({
  summary: "Put tags on experiments, take them off, or list them",
  details:
    "Tags are words of your own. Listings show them, queries find them (`tag = baseline`), and they travel with the " +
    "experiment when it is renamed, pushed or pulled. `waymark exp undo` takes a change back. Without `-t` the tags are listed.",
  arguments: [{ name: "[experiment...]", description: "names of experiments" }],
  options: [
    { flags: "-t, --tag <tag>", description: "the tag; may be repeated", isRepeatable: true },
    { flags: "--delete", description: "take the tags off; without -t all of them" },
    ...selectionOptions("Tag"),
    { flags: "--dry", description: "say what would change, and change nothing" },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp tag brave-bat -t baseline -t paper", does: "two tags on one experiment" },
    { line: 'waymark exp tag -A --where "metrics.acc > 0.95" -t good', does: "one tag on every good one" },
    { line: "waymark exp tag brave-bat --delete -t paper", does: "take one off" },
  ],
  async run({ args, options, context }) {
    const { openProject, readLabels, selectExperiments, tagExperiments } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const tags = options.tag ?? [];
    const isChange = tags.length > 0 || options.delete === true;
    if (isChange && args.length === 0 && !hasSelection(options)) {
      throw new UsageError("Give names of experiments, or choose them with `--where`, `--rev` or `--all-commits`");
    }
    const project = openProject(cwd, env);
    const selected = await selectExperiments(project, toExperimentSelection(args, options));
    if (!isChange) {
      const labels = await readLabels(project.repo);
      const entries = selected.map(({ name, ref }) => ({ name, ref, tags: labels.get(ref)?.tags ?? [] }));
      if (options.json === true) ui.line(JSON.stringify(entries, null, 2));
      else for (const entry of entries) if (entry.tags.length > 0) ui.line(`${entry.name}\t${entry.tags.join(" ")}`);
      return;
    }
    const kind = options.delete === true ? "delete" : "add";
    const change =
      options.delete === true && tags.length === 0 ? { kind: "clear" as const } : ({ kind, tags } as const);
    const changed = await tagExperiments(project.repo, selected, change, { isDryRun: options.dry ?? false });
    if (options.json === true)
      ui.line(
        JSON.stringify(
          changed.map(({ name, ref }) => ({ name, ref })),
          null,
          2,
        ),
      );
    for (const { name } of changed) {
      const what = tags.length === 0 ? "all tags" : tags.join(", ");
      const verb =
        kind === "add"
          ? options.dry === true
            ? "Would tag"
            : "Tagged"
          : options.dry === true
            ? "Would untag"
            : "Untagged";
      ui.note(`${verb} '${toPrintable(name)}': ${toPrintable(what)}.`);
    }
    if (changed.length === 0) ui.note("Nothing changes: the tags are that way already, or no experiment matches.");
  },
});
