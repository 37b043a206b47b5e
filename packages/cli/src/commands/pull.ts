import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { REMOTE_OPTIONS, remoteScope, type RemoteOptions } from "../remote-options.ts";

interface PullOptions extends RemoteOptions {
  readonly force?: boolean;
  readonly glob?: boolean;
  readonly allowMissing?: boolean;
}

export const command = defineCommand<PullOptions>({
  summary: "Bring data from a remote into the workspace",
  details:
    "Fetches what the cache lacks, as `waymark fetch` does, and puts it into the workspace, as `waymark checkout` does. " +
    "Files of the workspace that are nowhere else stop it.",
  arguments: [{ name: "[target...]", description: "tracked files and folders, .dvc files and stages (default: all)" }],
  options: [
    ...REMOTE_OPTIONS,
    { flags: "-f, --force", description: "replace and remove files that are nowhere else" },
    { flags: "--glob", description: "targets are patterns: `*`, `?`, `[…]` and `**`", isHidden: true },
    { flags: "--allow-missing", description: "succeed when the remote lacks data" },
  ],
  examples: [
    { line: "waymark pull", does: "get the data of a fresh clone" },
    { line: "waymark pull data/labels", does: "get a part of it" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { expandTargets, openDvcProject, pullData, relativeTo } = await import("@waymark/pipeline");
    const { printCheckedOut } = await import("../render/checked-out.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { summarizeCounts, transferError, warnOfMissing, warnOfSkipped } =
      await import("../render/transfer-report.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    const targets = options.glob === true && args.length > 0 ? expandTargets(cwd, args) : args;
    const scope = await remoteScope(targets, options, context, "Fetching");
    const { fetched, checkedOut } = await clearingProgress(ui, async () =>
      pullData(project, { ...scope, force: options.force ?? false }),
    );
    if (fetched.hasNoRemote) ui.warn("No remote is named and none is the default: nothing was fetched.");
    warnOfSkipped(ui, fetched.skipped);
    warnOfMissing(ui, fetched.missing, project.folder);
    if (checkedOut === undefined) throw transferError(fetched.failed, "fetched", project.folder);
    printCheckedOut(ui, checkedOut, project.folder);
    const { files, missing } = checkedOut;
    const summary = summarizeCounts([
      [fetched.fetched, "fetched"],
      [files.modified, "modified"],
      [files.added, "added"],
      [files.deleted, "deleted"],
    ]);
    const isComplete = missing.length === 0 || options.allowMissing === true;
    if (summary !== "" || isComplete) ui.line(summary || "Everything is up to date.");
    if (isComplete) return;
    const lines = missing.map((path) => `  ${toPrintable(relativeTo(project.folder, path))}`);
    throw new CommandError(
      1,
      `There is no data for\n${lines.join("\n")}`,
      "Push it from the machine that has it, or pass `--allow-missing`.",
    );
  },
});
