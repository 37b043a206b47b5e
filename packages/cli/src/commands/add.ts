import type { Added } from "@waymark/pipeline";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { parseJobs } from "../parse-number.ts";
import { noteWait } from "../note-wait.ts";

interface AddOptions {
  readonly commit?: boolean;
  readonly glob?: boolean;
  readonly out?: string;
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly remoteJobs?: number;
  readonly force?: boolean;
  readonly relink?: boolean;
}

export const command = defineCommand<AddOptions>({
  summary: "Track files and folders as data",
  details:
    "Their content goes to the cache, a .dvc file beside each records it for Git, and .gitignore keeps Git away from " +
    "the data. A path inside a folder that is tracked already updates that folder at this place only.",
  arguments: [{ name: "<target...>", description: "files and folders; a path or URL from elsewhere with -o" }],
  options: [
    { flags: "--no-commit", description: "record the data without storing it; `waymark commit` stores it later" },
    { flags: "--glob", description: "targets are patterns: `*`, `?`, `[…]`, and `**` for any folders" },
    { flags: "-o, --out <path>", description: "copy the data to this place, and track it there" },
    { flags: "--to-remote", description: "send the data to a remote, and keep nothing here" },
    { flags: "-r, --remote <name>", description: "with --to-remote: the remote (default: the default one)" },
    {
      flags: "--remote-jobs <number>",
      description: "with --to-remote: transfers at once (default: 4 for each processor)",
      parse: parseJobs,
    },
    { flags: "-f, --force", description: "replace what is at the place of -o" },
    { flags: "--no-relink", description: "leave the files as they are instead of linking them to the cache" },
  ],
  examples: [
    { line: "waymark add data/raw", does: "track a folder" },
    { line: "waymark add --glob 'models/*.pt'", does: "track each file that matches" },
    { line: "waymark add -o raw.csv https://example.org/raw.csv", does: "download a file, and track it" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    refuseWrongOptions(args, options);
    const { addData, addFromElsewhere, expandTargets, openDvcProject, withProjectLock } =
      await import("@waymark/pipeline");
    const { showData } = await import("../data-progress.ts");
    const { noteGitAdd } = await import("../note-git-add.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const [source = ""] = args;
    const work = async (): Promise<Added> => {
      if (options.toRemote === true || options.out !== undefined) {
        return addFromElsewhere(project, source, {
          out: options.out,
          toRemote: options.toRemote ?? false,
          remote: options.remote,
          jobs: options.remoteJobs,
          force: options.force ?? false,
          signal,
          onProgress: showData(ui, "Adding"),
        });
      }
      const targets = options.glob === true ? expandTargets(cwd, args) : args;
      return addData(project, targets, {
        isUncommitted: options.commit === false,
        relink: options.relink ?? true,
        signal,
        onProgress: showData(ui, "Adding"),
      });
    };
    const added = await clearingProgress(ui, async () => withProjectLock(project, work));
    noteGitAdd(ui, project, added.edit);
  },
});

function refuseWrongOptions(args: readonly string[], options: AddOptions): void {
  const refuse = (option: string, other: string): never => {
    throw new CommandError(1, `${option} does not go with ${other}`, "Run `waymark add --help` for what it takes.");
  };
  if (options.toRemote === true || options.out !== undefined) {
    const other = options.toRemote === true ? "'--to-remote'" : "'--out'";
    if (args.length !== 1) refuse("More than one target", other);
    if (options.glob === true) refuse("'--glob'", other);
    if (options.commit === false) refuse("'--no-commit'", other);
    return;
  }
  for (const [option, value] of [
    ["--remote", options.remote],
    ["--remote-jobs", options.remoteJobs],
  ] as const) {
    if (value !== undefined) throw new CommandError(1, `'${option}' needs '--to-remote'`);
  }
}
