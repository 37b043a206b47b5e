import type { DvcProject, FinishedEdit, NewOutput } from "@waymark/pipeline";
import { type CommandContext, DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { noteWait } from "../../note-wait.ts";

interface AddOptions {
  readonly name?: string;
  readonly force?: boolean;
  readonly deps?: readonly string[];
  readonly params?: readonly string[];
  readonly outs?: readonly string[];
  readonly outsNoCache?: readonly string[];
  readonly outsPersist?: readonly string[];
  readonly outsPersistNoCache?: readonly string[];
  readonly metrics?: readonly string[];
  readonly metricsNoCache?: readonly string[];
  readonly plots?: readonly string[];
  readonly plotsNoCache?: readonly string[];
  readonly wdir?: string;
  readonly alwaysChanged?: boolean;
  readonly desc?: string;
  readonly run?: boolean;
}

const repeatable = { isRepeatable: true };

export const command = defineCommand<AddOptions>({
  summary: "Add a stage to dvc.yaml",
  details:
    "Everything else in the dvc.yaml of this folder stays as it is. Paths are relative to the working folder of the " +
    "stage. What follows the first word of the command belongs to the command.",
  arguments: [{ name: "[command...]", description: "what the stage runs" }],
  takesCommandLine: true,
  options: [
    { flags: "-n, --name <name>", description: "name of the stage", isMandatory: true },
    { flags: "-f, --force", description: "replace a stage of the same name" },
    { flags: "-d, --deps <path>", description: "file, folder or URL that it needs", ...repeatable },
    {
      flags: "-p, --params <names>",
      description: "params that it needs: a,b of params.yaml, file:a,b of another file, file: for all of it",
      ...repeatable,
    },
    { flags: "-o, --outs <path>", description: "file or folder that it makes", ...repeatable },
    { flags: "-O, --outs-no-cache <path>", description: "the same, not kept in the cache", ...repeatable },
    { flags: "--outs-persist <path>", description: "the same, not removed before it runs", ...repeatable },
    { flags: "--outs-persist-no-cache <path>", description: "neither kept in the cache nor removed", ...repeatable },
    { flags: "-m, --metrics <path>", description: "file with metrics that it makes", ...repeatable },
    { flags: "-M, --metrics-no-cache <path>", description: "the same, not kept in the cache", ...repeatable },
    { flags: "--plots <path>", description: "file with data of a plot that it makes", ...repeatable },
    { flags: "--plots-no-cache <path>", description: "the same, not kept in the cache", ...repeatable },
    { flags: "-w, --wdir <path>", description: "folder that it runs in" },
    { flags: "--always-changed", description: "run it on every occasion" },
    { flags: "--desc <text>", description: "description of the stage" },
    { flags: "--run", description: "run it once it is added" },
  ],
  examples: [
    {
      line: "waymark stage add -n train -d data -p lr,epochs -o model.pt python train.py --fast",
      does: "a stage with inputs, params and an output",
    },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { addStage, openDvcProject, relativeTo, stageAddress, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../../note-git-add.ts");
    const { toPrintable } = await import("../../render/display-text.ts");
    const { cwd, env, ui } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const wanted = {
      name: options.name ?? "",
      command: joinCommand(args),
      wdir: options.wdir,
      deps: options.deps ?? [],
      params: parseParams(options.params ?? []),
      outs: collectOutputs(options),
      isAlwaysChanged: options.alwaysChanged ?? false,
      description: options.desc,
    };
    const { stage, edit } = await withProjectLock(project, () =>
      addStage(project, wanted, { isForced: options.force ?? false }),
    );
    const file = toPrintable(relativeTo(project.folder, stage.file));
    ui.note(`Added stage '${toPrintable(stageAddress(stage, project.folder))}' in '${file}'.`);
    const finished = edit.finish();
    if (options.run !== true) return noteGitAdd(ui, project, finished);
    const ran = await runStage(project, stageAddress(stage, project.folder), context);
    noteGitAdd(ui, project, { ...finished, files: [...new Set([...finished.files, ...ran.files])] });
  },
});

async function runStage(project: DvcProject, target: string, { ui, signal }: CommandContext): Promise<FinishedEdit> {
  const { reproduce } = await import("@waymark/pipeline");
  const { ReproNarration } = await import("../../render/repro-narration.ts");
  const narration = new ReproNarration({ ui, project, isInterleaved: false });
  const options = { targets: [target], isSingle: true, commandLine: `waymark stage add --run ${target}`, signal };
  const { edit } = await reproduce(project, options, {
    onEvent: (stage, event) => narration.tell(stage, event),
    onWarning: (text) => ui.warn(text),
  });
  return edit;
}

/** One word is a command line already; several are joined as DVC does, those with blanks in quotes. */
function joinCommand(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return words.map((word) => (word === "" ? '""' : /^[^"]* [^"]*$/.test(word) ? `"${word}"` : word)).join(" ");
}

/** `file:a,b` names params of a file, `file:` all of them, `a,b` params of the default file. */
function parseParams(texts: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const params = new Map<string, string[]>();
  for (const text of texts) {
    const colon = text.lastIndexOf(":");
    const file = colon <= 0 ? "params.yaml" : text.slice(0, colon);
    const names = text.slice(colon + 1).split(",");
    params.set(file, [...(params.get(file) ?? []), ...names.filter((name) => name !== "")]);
  }
  return params;
}

function collectOutputs(options: AddOptions): readonly NewOutput[] {
  const outputs = (
    paths: readonly string[] | undefined,
    role: NewOutput["role"],
    isCached: boolean,
    isPersistent = false,
  ): readonly NewOutput[] => (paths ?? []).map((path) => ({ path, role, isCached, isPersistent }));
  return [
    ...outputs(options.outs, "out", true),
    ...outputs(options.outsNoCache, "out", false),
    ...outputs(options.outsPersist, "out", true, true),
    ...outputs(options.outsPersistNoCache, "out", false, true),
    ...outputs(options.metrics, "metric", true),
    ...outputs(options.metricsNoCache, "metric", false),
    ...outputs(options.plots, "plot", true),
    ...outputs(options.plotsNoCache, "plot", false),
  ];
}
