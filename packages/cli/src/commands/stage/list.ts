import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";

interface ListOptions {
  readonly all?: boolean;
  readonly fail?: boolean;
  readonly recursive?: boolean;
  readonly nameOnly?: boolean;
  readonly namesOnly?: boolean;
}

export const command = defineCommand<ListOptions>({
  summary: "List stages with what they make and need",
  arguments: [
    { name: "[target...]", description: "dvc.yaml and .dvc files, stages, or with -R folders (default: dvc.yaml)" },
  ],
  options: [
    { flags: "--all", description: "every stage of the project" },
    { flags: "--fail", description: "fail on files that cannot be read, instead of passing them over" },
    { flags: "-R, --recursive", description: "every stage in the folders that are targets" },
    { flags: "--name-only", description: "print names only" },
    { flags: "--names-only", description: "the same", isHidden: true },
  ],
  examples: [{ line: "waymark stage list --all --name-only", does: "names of all stages, for a script" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { loadProject, openDvcProject, relativeTo, resolveStages, stageAddress } = await import("@waymark/pipeline");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { describeStage } = await import("../../render/stage-list.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env);
    const targets = args.length === 0 ? ["dvc.yaml"] : args;
    // Files that are not asked for by name may be broken.
    const isAsked = (file: string): boolean =>
      options.all !== true && targets.some((target) => isInFile(target, relativeTo(project.folder, file)));
    const { stages } = await loadProject(project, {
      onError: (file, error) => {
        if (options.fail === true || isAsked(file)) throw error;
      },
    });
    const selected =
      options.all === true
        ? stages
        : resolveStages(project, stages, targets, { isRecursive: options.recursive ?? false });
    const rows = selected.map((stage) => [toPrintable(stageAddress(stage, project.folder)), stage] as const);
    if (options.nameOnly === true || options.namesOnly === true) {
      for (const [name] of rows) ui.line(name);
      return;
    }
    const width = Math.max(...rows.map(([name]) => name.length));
    for (const [name, stage] of rows) ui.line(`${name.padEnd(width)}  ${describeStage(stage)}`);
  },
});

/** Whether a target is a file, a stage in it, or a stage of the dvc.yaml of the current folder. */
function isInFile(target: string, file: string): boolean {
  return target === file || target.startsWith(`${file}:`) || (file === "dvc.yaml" && !target.includes("/"));
}
