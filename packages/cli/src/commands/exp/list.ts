import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import type { Ui } from "../../ui.ts";
import { UsageError } from "../../usage-error.ts";
import { toSelection } from "./revision-options.ts";
import { type SelectionOptions, selectionOptions, toExperimentSelection } from "./selection-options.ts";

interface ListOptions extends SelectionOptions {
  readonly nameOnly?: boolean;
  readonly namesOnly?: boolean;
  readonly shaOnly?: boolean;
  readonly shasOnly?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<ListOptions>({
  summary: "List experiments by the commit they started from",
  details: "Tags and the first line of a note stand behind the name. A Git remote is asked for its list of refs only.",
  arguments: [{ name: "[git_remote]", description: "list the experiments of this Git remote, by name or URL" }],
  options: [
    ...selectionOptions("List"),
    { flags: "--name-only", description: "print names only" },
    { flags: "--names-only", description: "the same", isHidden: true },
    { flags: "--sha-only", description: "print commit ids only" },
    { flags: "--shas-only", description: "the same", isHidden: true },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp list", does: "experiments of the current commit" },
    { line: "waymark exp list -A", does: "experiments of every commit" },
    { line: "waymark exp list -A --sort-by metrics.loss --top 3", does: "the three with the lowest loss" },
    { line: "waymark exp list origin", does: "what others have shared of the current commit" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args: [remote], options, context }) {
    const hasNames = options.nameOnly === true || options.namesOnly === true;
    const hasIds = options.shaOnly === true || options.shasOnly === true;
    if (hasNames && hasIds) throw new UsageError("Give one of `--name-only` and `--sha-only`");
    const { listRemote, listSelected, openProject } = await import("@waymark/experiments/listing");
    const { formatListJson, formatListed } = await import("../../render/experiment-list.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const project = openProject(cwd, env);
    if (remote !== undefined) refuseForRemote(options, hasIds);
    const lists =
      remote === undefined
        ? await listSelected(project, toExperimentSelection([], options))
        : await listRemote(project, remote, toSelection(options), { signal, mayAsk: process.stdin.isTTY });
    if (options.json === true) {
      ui.line(formatListJson(lists));
      return;
    }
    if (lists.length === 0) noteNothing(ui, remote, options);
    for (const { baseline, baselineName, experiments } of lists) {
      if (!hasNames && !hasIds) ui.line(`${ui.style("bold", toPrintable(baselineName ?? baseline.slice(0, 7)))}:`);
      for (const experiment of experiments) {
        if (hasNames) ui.line(toPrintable(experiment.name));
        else if (hasIds) ui.line(experiment.tip);
        // DVC shows no ids of a remote either.
        else ui.line(remote === undefined ? formatListed(ui, experiment) : `\t${toPrintable(experiment.name)}`);
      }
    }
  },
});

/** A list of refs says nothing of what experiments hold. */
function refuseForRemote(options: ListOptions, hasIds: boolean): void {
  if (hasIds) throw new CommandError(255, "`--sha-only` is for local experiments");
  const { where, sortBy, top } = options;
  if (where === undefined && sortBy === undefined && top === undefined) return;
  throw new UsageError("`--where`, `--sort-by` and `--top` are for local experiments", {
    hint: "Bring the experiments here with `waymark exp pull`.",
  });
}

function noteNothing(ui: Ui, remote: string | undefined, options: ListOptions): void {
  if (options.where !== undefined) ui.note("No experiment matches. With `-A` those of every commit are searched.");
  else if (options.allCommits === true) ui.note("No experiments here yet.");
  else {
    const line = ["waymark exp list", ...(remote === undefined ? [] : [remote]), "-A"].join(" ");
    ui.note(`No experiments of this commit yet. \`${line}\` looks at every commit.`);
  }
}
