import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { type RevisionOptions, revisionOptions, toSelection } from "./revision-options.ts";

interface RemoveOptions extends RevisionOptions {
  readonly keep?: boolean;
  readonly dryRun?: boolean;
}

export const command = defineCommand<RemoveOptions>({
  summary: "Remove experiments with all of their checkpoints",
  details: "Files in the cache stay until `dvc gc`.",
  arguments: [{ name: "[experiment...]", description: "names of experiments" }],
  options: [
    ...revisionOptions("Remove"),
    { flags: "--keep", description: "remove every other experiment of the repository, and keep the selected ones" },
    { flags: "--dry-run", description: "say what would be removed, and remove nothing" },
  ],
  examples: [
    { line: "waymark exp remove brave-bat calm-cod", does: "remove two experiments" },
    { line: "waymark exp remove --keep brave-bat", does: "remove all but one" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { InvalidSelectionError, openProject, planRemoval, removeExperiments } = await import("@waymark/experiments");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const hasRevisions = options.allCommits === true || options.rev !== undefined;
    if (hasRevisions === args.length > 0) throw new InvalidSelectionError();
    const { repo } = openProject(cwd, env);
    const selection = hasRevisions ? { baselines: toSelection(options) } : { names: args };
    const experiments = await planRemoval(repo, selection, { keep: options.keep ?? false });
    if (options.dryRun !== true) removeExperiments(repo, experiments);
    if (experiments.length === 0) ui.line("No experiments to remove.");
    else {
      const names = experiments.map(({ name }) => `'${toPrintable(name)}'`);
      ui.line(`${options.dryRun === true ? "Would remove" : "Removed"} experiments: ${joinWords(names)}`);
    }
  },
});

/** As DVC says it: a, b and c. */
function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
