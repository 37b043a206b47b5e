import { DVC_EXIT_CODES, defineCommand } from "../command.ts";
import { parseJobs } from "../parse-number.ts";
import { STAGE_OPTIONS, type StageOptions } from "../stage-options.ts";

interface ReproOptions extends StageOptions {
  readonly force?: boolean;
  readonly ignoreErrors?: boolean;
  readonly glob?: boolean;
  readonly commit?: boolean;
  readonly runCache?: boolean;
  readonly jobs?: number;
}

export const command = defineCommand<ReproOptions>({
  summary: "Bring pipelines up to date by running the stages that changed",
  details:
    "A stage runs when its command, its inputs or its outputs differ from what dvc.lock records, after the stages whose " +
    "outputs it needs. Outputs of an earlier run with the same inputs come from the cache instead. While a command runs " +
    "its old outputs are kept aside: they come back when it fails, or when Ctrl-C ends it.",
  arguments: [
    {
      name: "[targets...]",
      description: "stages, files that define stages, or .dvc files (default: dvc.yaml of the current folder)",
    },
  ],
  goesOnUnread: true,
  options: [
    { flags: "-f, --force", description: "run stages that did not change, too" },
    ...STAGE_OPTIONS,
    { flags: "--ignore-errors", description: "after a failure, go on with everything" },
    { flags: "--glob", description: "names of stages are patterns: `*`, `?`, `[…]`" },
    { flags: "--no-commit", description: "do not store outputs in the cache" },
    { flags: "--no-run-cache", description: "run also what ran with the same inputs before" },
    {
      flags: "-j, --jobs <number>",
      description: "run up to this many stages at a time that do not need each other (default: 1)",
      parse: parseJobs,
    },
  ],
  examples: [
    { line: "waymark repro", does: "bring the pipeline of this folder up to date" },
    { line: "waymark repro -j 4", does: "run up to four independent stages at a time" },
    { line: "waymark repro --dry train", does: "see what `train` would need" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { openDvcProject, reproduce, stageAddress } = await import("@waymark/pipeline");
    const { ReproNarration } = await import("../render/repro-narration.ts");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { confirm } = await import("../confirm.ts");
    const { showData } = await import("../data-progress.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env);
    const isAsking = options.interactive === true || project.config.merged.flag("core", "interactive");
    // One question at a time.
    const jobs = isAsking ? 1 : (options.jobs ?? 1);
    const isInterleaved = jobs > 1;
    const narration = new ReproNarration({ ui, project, isInterleaved });
    const selection = {
      targets: args,
      isAll: options.allPipelines ?? false,
      isPipeline: options.pipeline ?? false,
      isRecursive: options.recursive ?? false,
      isGlob: options.glob ?? false,
      isSingle: options.singleItem ?? false,
      isDownstream: options.downstream ?? false,
    };
    const { stages, edit } = await reproduce(
      project,
      {
        ...selection,
        force: options.force ?? false,
        forceDownstream: options.forceDownstream ?? false,
        pull: options.pull ?? false,
        allowMissing: options.allowMissing ?? false,
        onError: options.ignoreErrors === true ? "ignore" : options.keepGoing === true ? "keep-going" : "stop",
        isDry: options.dry ?? false,
        commit: options.commit ?? true,
        runCache: options.runCache ?? true,
        jobs,
        commandLine: ["waymark", "repro", ...args].join(" "),
        signal,
      },
      {
        onEvent: (stage, event) => narration.tell(stage, event),
        onWarning: (text) => ui.warn(text),
        // What commands print has the terminal to itself.
        onProgress: isInterleaved ? undefined : showData(ui, "Hashing"),
        onOutput: isInterleaved ? (stage, data, stream) => narration.write(stage, data, stream) : undefined,
        confirm: isAsking ? (stage) => confirm(ui, `Reproduce '${stageAddress(stage, project.folder)}'?`) : undefined,
      },
    );
    ui.progress("");
    if (stages.length > 0) {
      if (options.dry !== true) noteGitAdd(ui, project, edit);
    } else if (!context.isQuiet) ui.line("Data and pipelines are up to date.");
  },
});
