import type { DataChanges, DataStatus } from "@waymark/pipeline";
import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { toPrintable } from "../../render/display-text.ts";
import type { Style, Ui } from "../../ui.ts";
import { noteWait } from "../../note-wait.ts";

interface StatusOptions {
  readonly json?: boolean;
  readonly granular?: boolean;
  readonly unchanged?: boolean;
  /** `true` when given without a value. */
  readonly untrackedFiles?: boolean | "no" | "all";
  readonly remote?: string;
  readonly notInRemote?: boolean;
}

/** One paragraph of the report, in DVC's words and order. */
interface Section {
  readonly title: string;
  readonly hints: readonly string[];
  readonly style: Style | undefined;
  readonly lines: readonly string[];
}

export const command = defineCommand<StatusOptions>({
  summary: "Compare the data of the last commit, the .dvc files and the workspace",
  arguments: [{ name: "[target...]", description: "only these files and folders" }],
  options: [
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--granular", description: "look into tracked folders file by file" },
    { flags: "--unchanged", description: "list what did not change, too" },
    {
      flags: "--untracked-files [which]",
      description: "list files that neither Git nor .dvc files track: no (default) or all",
      choices: ["no", "all"],
    },
    { flags: "-r, --remote <name>", description: "with --not-in-remote: the remote (default: the default one)" },
    { flags: "--not-in-remote", description: "list what a remote lacks" },
    { flags: "--no-remote-refresh", description: "accepted for DVC's sake: remotes are always asked", isHidden: true },
  ],
  examples: [{ line: "waymark data status --granular", does: "see which files of tracked folders changed" }],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    const { collectDataStatus, findMissingInRemotes, openDvcProject, withProjectLock } =
      await import("@waymark/pipeline");
    const { showData } = await import("../../data-progress.ts");
    const { clearingProgress } = await import("../../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const withUntracked = options.untrackedFiles === true || options.untrackedFiles === "all";
    const work = async (): Promise<DataStatus> =>
      collectDataStatus(project, {
        targets: args,
        isGranular: options.granular ?? false,
        withUntracked,
        signal,
        onProgress: showData(ui, "Hashing"),
        ...(options.notInRemote === true
          ? { findMissing: (entries) => findMissingInRemotes(project, entries, { remote: options.remote, signal }) }
          : {}),
      });
    const status = await clearingProgress(ui, async () => withProjectLock(project, work));
    const shown = { ...status, unchanged: options.unchanged === true ? status.unchanged : [] };
    if (options.json === true) ui.line(formatJson(shown));
    else printStatus(ui, shown);
  },
});

function formatJson(status: DataStatus): string {
  const json = {
    not_in_cache: status.notInCache,
    not_in_remote: status.notInRemote,
    committed: withoutEmpty(status.committed),
    uncommitted: withoutEmpty(status.uncommitted),
    untracked: status.untracked,
    unchanged: status.unchanged,
  };
  return JSON.stringify(Object.fromEntries(Object.entries(json).filter(([, value]) => Object.keys(value).length > 0)));
}

function withoutEmpty(changes: DataChanges): Partial<DataChanges> {
  return Object.fromEntries(Object.entries(changes).filter(([, paths]) => paths.length > 0));
}

function printStatus(ui: Ui, status: DataStatus): void {
  const sections = listSections(status).filter(({ lines }) => lines.length > 0);
  if (sections.length === 0) ui.line(`No changes${status.git?.isEmpty === true ? " in an empty git repo" : ""}.`);
  sections.forEach(({ title, hints, style, lines }, at) => {
    if (at > 0) ui.line("");
    ui.line(`${title}:`);
    for (const hint of hints) ui.line(`  (${hint})`);
    for (const line of lines)
      ui.line(`        ${style === undefined ? toPrintable(line) : ui.style(style, toPrintable(line))}`);
  });
  if (status.git?.isDirty === true) {
    ui.line(`(there are ${sections.length > 0 ? "other " : ""}changes not tracked by dvc, use "git status" to see)`);
  }
}

function listSections(status: DataStatus): readonly Section[] {
  return [
    {
      title: "Not in cache",
      hints: ['use "waymark fetch <file>..." to download files'],
      style: "red",
      lines: status.notInCache,
    },
    {
      title: "Not in remote",
      hints: ['use "waymark push <file>..." to upload files'],
      style: "red",
      lines: status.notInRemote,
    },
    {
      title: "DVC committed changes",
      hints: ["git commit the corresponding dvc files to update the repo"],
      style: "green",
      lines: changeLines(status.committed),
    },
    {
      title: "DVC uncommitted changes",
      hints: ['use "waymark commit <file>..." to track changes', 'use "waymark checkout <file>..." to discard changes'],
      style: "yellow",
      lines: changeLines(status.uncommitted),
    },
    {
      title: "Untracked files",
      hints: ['use "git add <file> ..." or "waymark add <file>..." to commit to git or to dvc'],
      style: "cyan",
      lines: status.untracked,
    },
    { title: "DVC unchanged files", hints: [], style: undefined, lines: status.unchanged },
  ];
}

function changeLines(changes: DataChanges): readonly string[] {
  const { modified, added, deleted, renamed, unknown } = changes;
  return [
    ...modified.map((path) => `modified: ${path}`),
    ...added.map((path) => `added: ${path}`),
    ...deleted.map((path) => `deleted: ${path}`),
    ...renamed.map((each) => `renamed: ${each.old} -> ${each.new}`),
    ...unknown.map((path) => `unknown: ${path}`),
  ];
}
