import { OWN_EXIT_CODES, defineCommand } from "../../command.ts";
import { parseJobs } from "../../parse-number.ts";
import { type SelectionOptions, selectionOptions, toExperimentSelection } from "./selection-options.ts";

interface VerifyCommandOptions extends SelectionOptions {
  readonly gitRemote?: string;
  readonly remote?: string;
  readonly jobs?: number;
  readonly offline?: boolean;
  readonly deep?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<VerifyCommandOptions>({
  summary: "Check that everything of experiments is here, on the Git remote and on the data remote",
  details:
    "Looks for every commit of an experiment with its trees and files, and for every cached file and list of a folder. " +
    "A Git remote that has the same commit has all that belongs to it. With `--deep` every byte is read and compared " +
    "with its hash, what remotes have too: that downloads it. The exit code is 1 when something is missing or damaged.",
  arguments: [{ name: "[experiment...]", description: "names of experiments (default: those of HEAD)" }],
  options: [
    ...selectionOptions("Check"),
    { flags: "-g, --git-remote <remote>", description: "Git remote (default: origin, or the only one)" },
    { flags: "-r, --remote <name>", description: "data remote (default: the default one)" },
    { flags: "-j, --jobs <number>", description: "requests at once (default: 4 for each processor)", parse: parseJobs },
    { flags: "--offline", description: "look only at what is here" },
    { flags: "--deep", description: "read every byte and compare it with its hash" },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp verify brave-bat", does: "make sure that others can have all of it" },
    { line: "waymark exp verify -A --offline --deep", does: "find damaged files of any experiment here" },
  ],
  exitCodes: OWN_EXIT_CODES,
  async run({ args, options, context }) {
    const { openProject, selectExperiments, verifyExperiments } = await import("@waymark/experiments");
    const { secretAsker } = await import("../../ask-secret.ts");
    const { formatVerified, listTrouble, verifiedJson } = await import("../../render/verified.ts");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui, signal } = context;
    const project = openProject(cwd, env);
    const names = options.allCommits === true ? [] : args;
    const experiments = await selectExperiments(project, toExperimentSelection(names, options));
    const askSecret = secretAsker();
    const results = await clearingProgress(ui, async () => {
      const found = [];
      const checks = verifyExperiments(project, experiments, {
        ...{ gitRemote: options.gitRemote, remote: options.remote, jobs: options.jobs, signal },
        ...{ isOffline: options.offline ?? false, isDeep: options.deep ?? false, mayAsk: askSecret !== undefined },
        ...(askSecret === undefined ? {} : { askSecret }),
      });
      ui.progress(`Checking ${experiments.length} experiment${experiments.length === 1 ? "" : "s"}`);
      for await (const result of checks) {
        found.push(result);
        ui.progress(`Checked ${toPrintable(result.experiment.name)}: ${found.length} of ${experiments.length}`);
      }
      return found;
    });
    if (options.json === true) ui.line(JSON.stringify(results.map(verifiedJson), null, 2));
    else if (results.length === 0) ui.note("No experiments to check.");
    else {
      ui.write(formatVerified(results));
      for (const line of results.flatMap(listTrouble)) ui.line(line);
    }
    return results.every(({ isComplete }) => isComplete) ? 0 : 1;
  },
});
