import type { DiffEntry, DiffReport, OldAndNew } from "@waymark/pipeline";
import { CommandError } from "../command-error.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";
import type { Style, Ui } from "../ui.ts";
import { noteWait } from "../note-wait.ts";

interface DiffOptions {
  readonly targets?: readonly string[];
  readonly json?: boolean;
  readonly showHash?: boolean;
  readonly md?: boolean;
  readonly hideMissing?: boolean;
}

type Kind = keyof DiffReport;
type AnyEntry = DiffEntry<string | OldAndNew, string | OldAndNew>;

const KINDS: readonly (readonly [Kind, Style])[] = [
  ["added", "green"],
  ["deleted", "red"],
  ["renamed", "green"],
  ["modified", "yellow"],
  ["not in cache", "yellow"],
];
/** In the order of DVC's JSON. */
const JSON_KINDS: readonly Kind[] = ["added", "deleted", "modified", "renamed", "not in cache"];
const SHORT_HASH = 8;

export const command = defineCommand<DiffOptions>({
  summary: "Compare the data of commits, or of a commit and the workspace",
  arguments: [
    { name: "[old]", description: "revision to compare from (default: HEAD)" },
    { name: "[new]", description: "revision to compare with (default: the workspace)" },
  ],
  options: [
    { flags: "--targets <paths...>", description: "only these tracked files and folders" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--show-hash", description: "print hashes, too" },
    { flags: "--md", description: "print a Markdown table" },
    { flags: "--hide-missing", description: "leave out what the cache lacks" },
  ],
  examples: [
    { line: "waymark diff", does: "what changed since the last commit" },
    { line: "waymark diff v1 v2", does: "what changed between two tags" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ args, options, context }) {
    const { diffRevisions, openDvcProject, TargetNotFoundError, withProjectLock } = await import("@waymark/pipeline");
    const { showData } = await import("../data-progress.ts");
    const { clearingProgress } = await import("../transfer-progress.ts");
    const { cwd, env, ui, signal } = context;
    const [from, to] = args;
    const project = openDvcProject(cwd, env, noteWait(ui));
    const onProgress = showData(ui, "Hashing");
    const work = async (): Promise<DiffReport | undefined> =>
      diffRevisions(project, { from, to, targets: options.targets ?? [], signal, onProgress }).catch(
        (error: unknown) => {
          if (!(error instanceof TargetNotFoundError)) throw error;
          throw new CommandError(255, error.message, error.hint);
        },
      );
    const report = await clearingProgress(ui, async () => withProjectLock(project, work));
    const hasHashes = options.showHash === true;
    const isHidden = to !== undefined || options.hideMissing === true;
    const kinds = KINDS.filter(([kind]) => !(isHidden && kind === "not in cache"));
    if (options.json === true) ui.line(formatJson(report, isHidden, hasHashes));
    else if (options.md === true) await printMarkdown(ui, report, kinds, hasHashes);
    else if (report !== undefined) printReport(ui, report, kinds, hasHashes);
  },
});

function formatJson(report: DiffReport | undefined, isHidden: boolean, hasHashes: boolean): string {
  if (report === undefined) return "{}";
  const kinds = JSON_KINDS.filter((kind) => !(isHidden && kind === "not in cache"));
  const entries = (kind: Kind): readonly object[] =>
    (report[kind] as readonly AnyEntry[]).map(({ path, hash }) => (hasHashes ? { path, hash } : { path }));
  return JSON.stringify(Object.fromEntries(kinds.map((kind) => [kind, entries(kind)])));
}

function printReport(ui: Ui, report: DiffReport, kinds: readonly (readonly [Kind, Style])[], hasHashes: boolean): void {
  const counts: string[] = [];
  for (const [kind, style] of kinds) {
    const entries = report[kind] as readonly AnyEntry[];
    if (entries.length === 0) continue;
    ui.line(`${ui.style(style, kind.charAt(0).toUpperCase() + kind.slice(1))}:`);
    for (const entry of entries) {
      const hash = hasHashes ? `${shortHash(entry.hash)}  ` : "";
      ui.line(`    ${hash}${toPrintable(pathText(entry))}`);
    }
    ui.line("");
    const files = entries.filter((entry) => !pathText(entry).endsWith("/")).length;
    if (files > 0) counts.push(`${files} ${kind}`);
  }
  if (counts.length > 0) ui.line(`files summary: ${counts.join(", ")}`);
}

async function printMarkdown(
  ui: Ui,
  report: DiffReport | undefined,
  kinds: readonly (readonly [Kind, Style])[],
  hasHashes: boolean,
): Promise<void> {
  const { formatMarkdownTable } = await import("../render/markdown.ts");
  const rows = kinds.flatMap(([kind]) =>
    ((report?.[kind] ?? []) as readonly AnyEntry[]).map((entry) =>
      hasHashes ? [kind, shortHash(entry.hash), pathText(entry)] : [kind, pathText(entry)],
    ),
  );
  ui.write(formatMarkdownTable(hasHashes ? ["Status", "Hash", "Path"] : ["Status", "Path"], rows));
}

function pathText({ path }: AnyEntry): string {
  return typeof path === "string" ? path : `${path.old} -> ${path.new}`;
}

function shortHash(hash: AnyEntry["hash"]): string {
  if (hash === null) return "";
  if (typeof hash === "string") return hash.slice(0, SHORT_HASH);
  return `${hash.old.slice(0, SHORT_HASH)}..${hash.new.slice(0, SHORT_HASH)}`;
}
