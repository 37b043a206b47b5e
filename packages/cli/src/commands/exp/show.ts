import type { ExperimentRow } from "../../render/experiment-rows.ts";
import { DVC_SOFT_EXIT_CODES, defineCommand } from "../../command.ts";
import type { Style, Ui } from "../../ui.ts";
import { UsageError } from "../../usage-error.ts";
import { type RevisionOptions, revisionOptions, toSelection } from "./revision-options.ts";

interface ShowOptions extends RevisionOptions {
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly onlyChanged?: boolean;
  readonly drop?: readonly string[];
  readonly keep?: readonly string[];
  readonly paramDeps?: boolean;
  readonly sortBy?: string;
  readonly sortOrder?: "asc" | "desc";
  readonly sha?: boolean;
  readonly hideFailed?: boolean;
  readonly hideWorkspace?: boolean;
  readonly checkpoints?: number;
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
    ...revisionOptions("Show"),
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
    { flags: "--sort-by <name>", description: "sort by a metric or param, written NAME or FILE:NAME" },
    { flags: "--sort-order <order>", description: "asc (default) or desc", choices: ["asc", "desc"] },
    {
      flags: "--checkpoints <number>",
      description: "older checkpoints under each experiment: a number, or all (default: 5, and 0 in CSV and Markdown)",
      parse: parseCheckpoints,
    },
    { flags: "--sha", description: "show commit ids instead of branches and tags" },
    { flags: "--hide-failed", description: "leave out failed experiments" },
    { flags: "--hide-queued", description: "accepted for DVC's sake", isHidden: true },
    { flags: "--hide-workspace", description: "leave out the workspace" },
    { flags: "--no-pager", description: "accepted for DVC's sake: there is no pager", isHidden: true },
    { flags: "--json", description: "print JSON, as DVC does" },
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
  ],
  exitCodes: DVC_SOFT_EXIT_CODES,
  async run({ options, context }) {
    const { collectExperiments, formatDvcJson, openProject } = await import("@waymark/experiments");
    const { cwd, env, ui } = context;
    const view = await collectExperiments(openProject(cwd, env), {
      ...toSelection(options),
      allBranches: options.allBranches ?? false,
      allTags: options.allTags ?? false,
      hideWorkspace: options.hideWorkspace ?? false,
      isShaOnly: options.sha ?? false,
      force: options.force ?? false,
      paramDeps: options.paramDeps ?? false,
    });
    if (options.json === true) {
      ui.line(formatDvcJson(view));
      return;
    }
    const report = await import("../../render/experiments-report.ts");
    const isForPrograms = options.csv === true || options.md === true;
    const prepared = report.prepareReport(view, {
      drop: options.drop ?? [],
      keep: options.keep ?? [],
      onlyChanged: options.onlyChanged ?? false,
      sortBy: options.sortBy,
      sortOrder: options.sortOrder ?? "asc",
      hideFailed: options.hideFailed ?? false,
      checkpoints: options.checkpoints ?? (isForPrograms ? 0 : SHOWN_CHECKPOINTS),
      isShaOnly: options.sha ?? false,
      joinsParams: options.csv !== true,
      precision: options.precision ?? (options.csv === true ? undefined : PRECISION),
    });
    if (options.csv === true) ui.write(report.formatReportCsv(prepared));
    else if (options.md === true) ui.write(report.formatReportMarkdown(prepared, new Date()));
    else {
      ui.write(report.formatReportTable(prepared, (text, row) => styleCell(ui, text, row)));
      if (view.baselines.every(({ experiments }) => experiments.length === 0)) {
        ui.note("No experiments here yet. `waymark exp show -A` looks at every commit.");
      }
    }
  },
});

const STATE_STYLES: Readonly<Record<string, Style>> = {
  running: "cyan",
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
