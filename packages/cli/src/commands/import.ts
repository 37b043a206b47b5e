import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import {
  EXTERNAL_OPTIONS,
  JOBS_OPTION,
  toExternalOptions,
  transferOptions,
  type ExternalOptions,
} from "../external-options.ts";
import { importMode } from "../import-mode.ts";
import { noteWait } from "../note-wait.ts";

interface ImportOptions extends ExternalOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly exec?: boolean;
  readonly download?: boolean;
  readonly jobs?: number;
}

export const command = defineCommand<ImportOptions>({
  summary: "Track a file or folder of another repository",
  details:
    "Whether Git keeps it there or DVC. The data comes here, and a .dvc file records the commit it came from: `waymark update` looks whether there is something new.",
  arguments: [
    { name: "<url>", description: "a folder, or the address of a repository" },
    { name: "<path>", description: "a file or folder in it" },
  ],
  options: [
    { flags: "-o, --out <path>", description: "where to put it (default: its name, here)" },
    { flags: "-f, --force", description: "replace what is there" },
    { flags: "--no-exec", description: "only write the .dvc file, and ask for nothing" },
    { flags: "--no-download", description: "record where the data is without downloading it" },
    JOBS_OPTION,
    ...EXTERNAL_OPTIONS,
  ],
  examples: [
    { line: "waymark import https://github.com/ada/models model.bin", does: "track a model of another project" },
    { line: "waymark import ../other data --rev v1 -o data/old", does: "track a folder as it was" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const mode = importMode(options);
    const where = toExternalOptions(options);
    const { importRepo, openDvcProject, relativeTo, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const [url = "", path = ""] = args;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const transfer = await transferOptions(context, options.jobs);
    const run = () =>
      importRepo(project, url, path, {
        ...{ ...where, ...transfer, mode, out: options.out, isForced: options.force ?? false },
        onStart: (output) => {
          const target = toPrintable(relativeTo(project.folder, output));
          ui.note(`Importing '${toPrintable(path)} (${toPrintable(url)})' -> '${target}'`);
        },
      });
    const { edit } = await clearingProgress(ui, () => withProjectLock(project, run));
    noteGitAdd(ui, project, edit);
  },
});
