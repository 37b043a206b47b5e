import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { FS_CONFIG_OPTION, JOBS_OPTION, parseSettings, transferOptions } from "../external-options.ts";
import { importMode } from "../import-mode.ts";
import { noteWait } from "../note-wait.ts";

interface ImportUrlOptions {
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly exec?: boolean;
  readonly download?: boolean;
  readonly jobs?: number;
  readonly force?: boolean;
  readonly versionAware?: boolean;
  readonly fsConfig?: readonly string[];
}

export const command = defineCommand<ImportUrlOptions>({
  summary: "Track a file or folder from a URL",
  details:
    "The data comes here, and a .dvc file records what it is and where it came from: `waymark update` looks whether there is something new.",
  arguments: [
    { name: "<url>", description: "a path, or s3://, ssh://, http(s)://, webdav(s)://, remote://NAME/…" },
    { name: "[out]", description: "where to put it (default: its name, here)" },
  ],
  options: [
    { flags: "--to-remote", description: "send the data to a remote, and keep nothing here" },
    { flags: "-r, --remote <name>", description: "with --to-remote: the remote (default: the default one)" },
    { flags: "--no-exec", description: "only write the .dvc file, and ask for nothing" },
    { flags: "--no-download", description: "record what the data is without downloading it" },
    JOBS_OPTION,
    { flags: "-f, --force", description: "replace what is there" },
    { flags: "--version-aware", description: "record the version that a bucket keeps" },
    FS_CONFIG_OPTION,
  ],
  examples: [
    { line: "waymark import-url s3://bucket/raw.csv data/raw.csv", does: "track a file of a bucket" },
    { line: "waymark import-url https://example.org/set.zip --no-download", does: "record a file that is too large" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const mode = importMode(options);
    const settings = parseSettings("--fs-config", options.fsConfig);
    const { importUrl, openDvcProject, relativeTo, withProjectLock } = await import("@waymark/pipeline");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { toPrintable } = await import("../render/display-text.ts");
    const { cwd, env, ui } = context;
    const [url = "", out] = args;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const transfer = await transferOptions(context, options.jobs);
    const run = () =>
      importUrl(project, url, {
        ...{ ...transfer, out, mode, settings, remote: options.remote },
        isForced: options.force ?? false,
        isVersionAware: options.versionAware ?? false,
        onStart: (output) =>
          ui.note(`Importing '${toPrintable(url)}' -> '${toPrintable(relativeTo(project.folder, output))}'`),
      });
    const { edit } = await clearingProgress(ui, () => withProjectLock(project, run));
    noteGitAdd(ui, project, edit);
  },
});
