import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { REMOTE_OPTIONS, remoteScope, type RemoteOptions } from "../remote-options.ts";

interface PushOptions extends RemoteOptions {
  readonly glob?: boolean;
}

export const command = defineCommand<PushOptions>({
  summary: "Send data to a remote",
  details:
    "Sends what the remote lacks; what has arrived when it is interrupted is not sent again. Every file is compared " +
    "with its hash on the way, and appears at the remote complete or not at all.",
  arguments: [{ name: "[target...]", description: "tracked files and folders, .dvc files and stages (default: all)" }],
  options: [...REMOTE_OPTIONS, { flags: "--glob", description: "targets are patterns: `*`, `?`, `[…]` and `**`" }],
  examples: [
    { line: "waymark push", does: "send everything the workspace records" },
    { line: "waymark push -a -r backup", does: "send the data of all branches to another remote" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { expandTargets, openDvcProject, pushData } = await import("@waymark/pipeline");
    const { summarizeCounts, transferError, warnOfMissing, warnOfSkipped } =
      await import("../render/transfer-report.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    const targets = options.glob === true && args.length > 0 ? expandTargets(cwd, args) : args;
    const scope = await remoteScope(targets, options, context, "Pushing");
    const report = await clearingProgress(ui, async () => pushData(project, scope));
    warnOfSkipped(ui, report.skipped);
    warnOfMissing(ui, report.missing, project.folder);
    if (report.failed.length > 0) throw transferError(report.failed, "pushed", project.folder);
    ui.line(summarizeCounts([[report.pushed, "pushed"]]) || "Everything is up to date.");
  },
});
