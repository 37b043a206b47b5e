import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { toExperimentSelection } from "./selection-options.ts";
import { type ShareCommandOptions, shareOptions, type ShareState, toShareOptions } from "./share-options.ts";

export const command = defineCommand<ShareCommandOptions>({
  summary: "Send experiments to a Git remote, and their data to a data remote",
  details:
    "Data goes first, and the refs of all experiments go last, in one `git push`: an experiment that others see is one " +
    "whose data they can have. Tags and notes go with it. An experiment that has diverged is left as it is there, with " +
    "a warning. Interrupted, the next push goes on from there.",
  arguments: [
    { name: "<git_remote>", description: "name or URL of a Git remote" },
    { name: "[experiment...]", description: "names of experiments (default: those of HEAD)" },
  ],
  options: shareOptions("Push", "at the remote"),
  examples: [
    { line: "waymark exp push origin brave-bat", does: "share one experiment" },
    { line: 'waymark exp push origin -A --where "tag = keep"', does: "share all that are tagged so" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args: [remote = "", ...names], options, context }) {
    const { openProject, pushExperiments, selectExperiments } = await import("@waymark/experiments");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { printPush, shareError, shareJson } = await import("../../render/share-report.ts");
    const { cwd, env, ui, signal } = context;
    const project = openProject(cwd, env);
    const selection = toExperimentSelection(options.allCommits === true ? [] : names, options);
    const state: ShareState = { data: undefined, experiments: 0 };
    const share = await toShareOptions(options, context, "Pushing", state);
    const experiments = await selectExperiments(project, selection);
    try {
      const result = await clearingProgress(ui, async () => pushExperiments(project, remote, experiments, share));
      if (options.json === true) ui.line(JSON.stringify(shareJson(result, options.dry ?? false), null, 2));
      else printPush(ui, remote, result, options.dry ?? false);
      const error = shareError(result, "pushed");
      if (error !== undefined) throw error;
    } catch (error) {
      if (!signal.aborted) throw error;
      const { countArrived, describeInterrupt } = await import("../../render/share-interrupt.ts");
      const arrived = await countArrived(project, remote, experiments);
      ui.warn(describeInterrupt("push", state, arrived));
      throw error;
    }
    if (!options.cache && options.json !== true) {
      ui.note("To push the data of these experiments as well, run this command without '--no-cache'.");
    }
  },
});
