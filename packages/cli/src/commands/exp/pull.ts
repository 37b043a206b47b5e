import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { toExperimentSelection } from "./selection-options.ts";
import { type ShareCommandOptions, shareOptions, type ShareState, toShareOptions } from "./share-options.ts";

export const command = defineCommand<ShareCommandOptions>({
  summary: "Bring experiments from a Git remote, and their data from a data remote",
  details:
    "The workspace stays as it is: see `waymark exp apply`. Commits come first, then data, then the refs of all " +
    "experiments at once, with their tags and notes. An experiment that has diverged is left as it is here, with a " +
    "warning. Interrupted, the next pull goes on from there.",
  arguments: [
    { name: "<git_remote>", description: "name or URL of a Git remote" },
    { name: "[experiment...]", description: "names of experiments (default: those of HEAD)" },
  ],
  options: shareOptions("Pull", "here"),
  examples: [
    { line: "waymark exp pull origin brave-bat", does: "bring one experiment" },
    { line: "waymark exp pull origin -A --no-cache", does: "bring all of them, without data" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args: [remote = "", ...names], options, context }) {
    const { openProject, pullExperiments } = await import("@waymark/experiments");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { printPull, shareError, shareJson } = await import("../../render/share-report.ts");
    const { cwd, env, ui, signal } = context;
    const project = openProject(cwd, env);
    const { baselines = {}, where, sortBy, sortOrder, top } = toExperimentSelection([], options);
    const state: ShareState = { data: undefined, experiments: 0 };
    const share = await toShareOptions(options, context, "Pulling", state);
    const selection = { names, baselines, where, sortBy, sortOrder, top };
    try {
      const result = await clearingProgress(ui, async () => pullExperiments(project, remote, selection, share));
      if (options.json === true) ui.line(JSON.stringify(shareJson(result, options.dry ?? false), null, 2));
      else printPull(ui, remote, result, options.dry ?? false);
      const error = shareError(result, "pulled");
      if (error !== undefined) throw error;
    } catch (error) {
      if (!signal.aborted) throw error;
      const { describeInterrupt } = await import("../../render/share-interrupt.ts");
      ui.warn(describeInterrupt("pull", state, state.experiments));
      throw error;
    }
    if (!options.cache && options.json !== true) {
      ui.note("To pull the data of these experiments as well, run this command without '--no-cache'.");
    }
  },
});
