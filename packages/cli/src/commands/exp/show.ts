import type { CollectOptions, ExperimentsView } from "@waymark/experiments";
import type { ExperimentRow } from "../../render/experiment-rows.ts";
import { type CommandContext, DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import type { Style, Ui } from "../../ui.ts";
import { UsageError } from "../../usage-error.ts";
import { toSelection } from "./revision-options.ts";
import { type SelectionOptions, selectionOptions } from "./selection-options.ts";

interface ShowOptions extends SelectionOptions {
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly onlyChanged?: boolean;
  readonly drop?: readonly string[];
  readonly keep?: readonly string[];
  readonly paramDeps?: boolean;
  readonly sha?: boolean;
  readonly hideFailed?: boolean;
  readonly hideQueued?: boolean;
  readonly hideWorkspace?: boolean;
  readonly checkpoints?: number;
  readonly labels?: boolean;
  readonly pager?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly md?: boolean;
  readonly precision?: number;
  readonly force?: boolean;
}

/** Older checkpoints under each experiment in a table; files for other programs have none unless asked for. */
const SHOWN_CHECKPOINTS = 5;
/** Significant digits, as in DVC. */
const PRECISION = 5;

export const command = defineCommand<ShowOptions>({
  summary: "Compare experiments and their checkpoints in a table",
  options: [
    ...selectionOptions("Show"),
    { flags: "-a, --all-branches", description: "show the experiments of every branch" },
    { flags: "-T, --all-tags", description: "show the experiments of every tag" },
    { flags: "--only-changed", description: "leave out columns whose values are all the same" },
    {
      flags: "--drop <pattern>",
      description: "leave out columns that begin with this regular expression; may be repeated",
      isRepeatable: true,
      parse: parsePattern,
    },
    {
      flags: "--keep <pattern>",
      description: "keep columns that begin with this regular expression; may be repeated",
      isRepeatable: true,
      parse: parsePattern,
    },
    { flags: "--param-deps", description: "show only params that stages depend on" },
    {
      flags: "--checkpoints <number>",
      description: "older checkpoints under each experiment: a number, or all (default: 5, and 0 in CSV and Markdown)",
      parse: parseCheckpoints,
    },
    { flags: "--sha", description: "show commit ids instead of branches and tags" },
    { flags: "--hide-failed", description: "leave out failed experiments" },
    { flags: "--hide-queued", description: "leave out what waits in a queue" },
    { flags: "--hide-workspace", description: "leave out the workspace" },
    { flags: "--no-pager", description: "print a long table at once instead of through a pager" },
    { flags: "--json", description: "print JSON, as DVC does" },
    { flags: "--labels", description: "add tags and notes to the JSON, which DVC does not know" },
    { flags: "--csv", description: "print CSV" },
    { flags: "--md", description: "print a Markdown table" },
    {
      flags: "--precision <number>",
      description: "significant digits of numbers (default: 5; all in CSV)",
      parse: parseCount,
    },
    { flags: "-f, --force", description: "read every commit anew" },
  ],
  examples: [
    { line: "waymark exp show", does: "experiments of the current commit" },
    { line: "waymark exp show -A --only-changed", does: "all of them, and only what differs" },
    { line: "waymark exp show --sort-by val.loss", does: "the best first" },
    { line: 'waymark exp show -A --where "params.lr < 0.01 and tag = paper"', does: "only those" },
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ options, context }) {
    const { ui } = context;
    const isForPrograms = options.csv === true || options.md === true;
    const checkpoints = options.checkpoints ?? (isForPrograms ? 0 : SHOWN_CHECKPOINTS);
    if (options.json === true) {
      writeParts(ui, await collect("listAsJson", options, checkpoints, context));
      return;
    }
    const view = await collect("collectExperiments", options, checkpoints, context);
    const { prepareReport } = await import("../../render/experiments-report.ts");
    const report = prepareReport(view, {
      drop: options.drop ?? [],
      keep: options.keep ?? [],
      onlyChanged: options.onlyChanged ?? false,
      hideFailed: options.hideFailed ?? false,
      checkpoints,
      isShaOnly: options.sha ?? false,
      joinsParams: options.csv !== true,
      precision: options.precision ?? (options.csv === true ? undefined : PRECISION),
    });
    if (isForPrograms) {
      const { formatReportCsv, formatReportMarkdown } = await import("../../render/experiments-files.ts");
      ui.write(options.csv === true ? formatReportCsv(report) : formatReportMarkdown(report, new Date()));
      return;
    }
    const { formatReportTable } = await import("../../render/experiments-table.ts");
    const table = formatReportTable(report, (text, row) => styleCell(ui, text, row));
    if (options.pager === false) ui.write(table);
    else (await import("../../render/pager.ts")).writePaged(ui, table, context.env);
    noteMore(ui, view, options);
  },
});

type Showing = typeof import("@waymark/experiments/showing");

/** Collects experiments, in one of the ways there are. */
async function collect<Way extends "collectExperiments" | "listAsJson">(
  way: Way,
  options: ShowOptions,
  checkpoints: number,
  context: CommandContext,
): Promise<Awaited<ReturnType<Showing[Way]>>>;
async function collect(
  way: "collectExperiments" | "listAsJson",
  options: ShowOptions,
  checkpoints: number,
  context: CommandContext,
): Promise<ExperimentsView | Iterable<string>> {
  const showing = await import("@waymark/experiments/showing");
  const isTable = options.json !== true;
  const { where, sortBy, sortOrder, top } = options;
  const wanted: CollectOptions = {
    ...toSelection(options),
    ...{ allBranches: options.allBranches ?? false, allTags: options.allTags ?? false },
    ...{ hideWorkspace: options.hideWorkspace ?? false, isShaOnly: options.sha ?? false },
    ...{ hideQueued: options.hideQueued ?? false, hideFailed: options.hideFailed ?? false },
    ...{ force: options.force ?? false, paramDeps: options.paramDeps ?? false },
    ...{ where, top },
    // In JSON DVC sorts by time alone; with a number to take, the order decides which ones are there.
    ...(isTable || top !== undefined ? { sortBy, sortOrder } : {}),
    ...{ withLabels: isTable || options.labels === true, withOrphans: isTable && !context.isQuiet },
    ...(isTable ? { checkpoints } : {}),
  };
  const project = showing.openProject(context.cwd, context.env);
  await (await import("../../slurm/bring-news.ts")).showSlurmNews(project, context);
  try {
    return await showing[way](project, wanted);
  } catch (error) {
    // DVC finds this out after collecting, where its exit code is that of most errors.
    if (error instanceof showing.UnknownColumnError) throw new CommandError(255, error.message, error.hint);
    throw error;
  }
}

const PART_LENGTH = 1 << 16;

/** Writes many small texts as fewer larger ones. */
function writeParts(ui: Ui, parts: Iterable<string>): void {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < PART_LENGTH) continue;
    ui.write(text);
    text = "";
  }
  ui.line(text);
}

function noteMore(ui: Ui, view: ExperimentsView, options: ShowOptions): void {
  if (view.baselines.every(({ experiments, active }) => experiments.length + active.length === 0)) {
    ui.note(
      options.where === undefined
        ? "No experiments here yet. `waymark exp show -A` looks at every commit."
        : "No experiment matches. With `-A` those of every commit are searched.",
    );
  }
  const { baselines = 0, experiments = 0 } = view.orphans ?? {};
  if (experiments === 0) return;
  const [what, which] = [
    experiments === 1 ? "1 experiment" : `${experiments} experiments`,
    baselines === 1 ? "a commit that is" : `${baselines} commits that are`,
  ];
  ui.note(`${what} of ${which} on no branch any more; \`waymark exp list -A\` names all there are.`);
  ui.note("To see where they belong now: waymark exp rebase --orphaned --dry");
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  running: "cyan",
  queued: "dim",
  finished: "green",
  failed: "red",
  unreadable: "red",
  interrupted: "yellow",
  killed: "yellow",
};

function styleCell(ui: Ui, text: string, row: ExperimentRow | undefined): string {
  if (row === undefined || row.kind === "baseline" || row.kind === "workspace") return ui.style("bold", text);
  const stateStyle = STATE_STYLES[text];
  if (text === row.state && stateStyle !== undefined) return ui.style(stateStyle, text);
  return row.kind === "experiment" ? text : ui.style("dim", text);
}

function parsePattern(text: string): string {
  try {
    void new RegExp(text, "u");
    return text;
  } catch {
    throw new UsageError(`'${text}' is not a regular expression.`);
  }
}

function parseCount(text: string): number {
  if (!/^[1-9]\d?$/u.test(text)) throw new UsageError("Expected a number from 1 to 99.");
  return Number(text);
}

function parseCheckpoints(text: string): number {
  if (text === "all") return Infinity;
  if (!/^\d+$/u.test(text)) throw new UsageError("Expected a whole number, or all.");
  return Number(text);
}
