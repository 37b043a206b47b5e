import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { noteWait } from "../note-wait.ts";
import { parseJobs } from "../parse-number.ts";
import type { RemoteOptions } from "../remote-options.ts";

interface StatusOptions extends RemoteOptions {
  readonly cloud?: boolean;
  readonly json?: boolean;
  readonly updates?: boolean;
}

export const command = defineCommand<StatusOptions>({
  summary: "Show which stages and data changed",
  details: "Answers 0 also when something changed; with --quiet it prints nothing, and answers 1 then.",
  arguments: [{ name: "[target...]", description: "stages, .dvc files, or tracked files and folders (default: all)" }],
  options: [
    { flags: "-c, --cloud", description: "compare the cache with a remote instead" },
    { flags: "-r, --remote <name>", description: "the remote to compare with; implies --cloud" },
    { flags: "-a, --all-branches", description: "with --cloud: the data of all branches, too" },
    { flags: "-T, --all-tags", description: "with --cloud: the data of all tags, too" },
    { flags: "-A, --all-commits", description: "with --cloud: the data of all commits, too" },
    {
      flags: "-j, --jobs <number>",
      description: "with --cloud: requests at once (default: 4 for each processor)",
      parse: parseJobs,
    },
    { flags: "-d, --with-deps", description: "the stages that the targets need, too" },
    { flags: "-R, --recursive", description: "with a folder as target: every stage defined in it" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--no-updates", description: "do not look for newer versions of imported data" },
  ],
  examples: [
    { line: "waymark status", does: "everything that changed" },
    { line: "waymark status -c", does: "what would be pushed or pulled" },
    { line: "waymark status -q || waymark repro", does: "run what changed" },
  ],
  exitCodes: { ...DVC_SOFT_EXIT_CODES, locked: 255 },
  async run({ args, options, context }) {
    if (options.cloud === true || options.remote !== undefined) {
      const { printCloudStatus } = await import("../cloud-status.ts");
      return printCloudStatus(args, options, context);
    }
    refuseCloudOptions(options);
    const {
      collectChanges,
      formatStatus,
      isRepositoryImport,
      loadProject,
      openDvcProject,
      resolveTargets,
      stageAddress,
      withProjectLock,
    } = await import("@waymark/pipeline");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    // Another command may be in the middle of what would be seen.
    const { stages, changes } = await withProjectLock(project, async () => {
      const loaded = await loadProject(project);
      const selections = resolveTargets(project, loaded.stages, args, {
        withDeps: options.withDeps ?? false,
        isRecursive: options.recursive ?? false,
      });
      for (const { stage } of selections) {
        if (!stage.isFrozen || isRepositoryImport(stage)) continue;
        ui.note(`Stage '${stageAddress(stage, project.folder)}' is frozen: its dependencies are not shown.`);
      }
      const isCheckingImports = options.updates !== false;
      return { stages: loaded.stages, changes: await collectChanges(project, selections, { isCheckingImports }) };
    });
    if (options.json === true) {
      const { formatCompactPythonJson } = await import("@waymark/core");
      ui.line(formatCompactPythonJson(formatStatus(changes, project.folder)));
      return 0;
    }
    if (context.isQuiet) return changes.length > 0 ? 1 : 0;
    if (changes.length > 0) {
      const { formatStatusText } = await import("../render/status-text.ts");
      ui.write(formatStatusText(formatStatus(changes, project.folder)));
    } else if (stages.length === 0) {
      ui.line("There are no data or pipelines tracked in this project yet.");
      ui.line("Begin with `waymark add` or `waymark stage add`.");
    } else ui.line("Data and pipelines are up to date.");
    return 0;
  },
});

function refuseCloudOptions({ allBranches, allTags, allCommits, jobs }: StatusOptions): void {
  const given = Object.entries({
    "--all-branches": allBranches,
    "--all-tags": allTags,
    "--all-commits": allCommits,
    "--jobs": jobs,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 0) throw new CommandError(1, `${given.join(", ")} means nothing without '--cloud'`);
}
