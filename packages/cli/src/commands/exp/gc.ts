import type { GcScope } from "@waymark/experiments";
import { DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { UsageError } from "../../usage-error.ts";
import { parseCount } from "./revision-options.ts";

interface GcOptions {
  readonly workspace?: boolean;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly rev?: readonly string[];
  readonly num?: number;
  readonly date?: string;
  readonly where?: string;
  readonly queued?: boolean;
  readonly force?: boolean;
  readonly dry?: boolean;
}

export const command = defineCommand<GcOptions>({
  summary: "Remove all experiments but those that are named",
  details:
    "Each option names experiments to keep, and all others go. `waymark exp undo` brings them back for 30 days. What is " +
    "queued by DVC is left alone.",
  options: [
    { flags: "-w, --workspace", description: "keep the experiments of the current commit" },
    { flags: "-a, --all-branches", description: "keep those of the tips of all branches" },
    { flags: "-T, --all-tags", description: "keep those of all tags" },
    { flags: "-A, --all-commits", description: "keep those of every commit that is on a branch or tag" },
    { flags: "--rev <commit>", description: "keep those of this commit; may be repeated", isRepeatable: true },
    {
      flags: "-n, --num <number>",
      description: "with -w, -a or --rev: of so many commits from there on, first parents only; negative takes all",
      parse: parseCount,
    },
    {
      flags: "--date <YYYY-MM-DD>",
      description: "keep those of commits of this day and later",
      parse: parseDate,
    },
    { flags: "--where <query>", description: 'keep those that match, such as "tag = paper"' },
    { flags: "--queued", description: "keep what is queued, which is always kept", isHidden: true },
    { flags: "-f, --force", description: "do not ask" },
    { flags: "--dry", description: "print what would be removed, and remove nothing" },
  ],
  examples: [
    { line: "waymark exp gc -w --dry", does: "see which experiments are not of the current commit" },
    { line: 'waymark exp gc -a --where "tag = paper"', does: "keep the branches, and whatever is tagged so" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    const { openProject, planGc, removeExperiments } = await import("@waymark/experiments");
    const { confirm } = await import("../../confirm.ts");
    const { quoteNames } = await import("../../render/quote-names.ts");
    const { cwd, env, ui } = context;
    const scope = scopeOf(options);
    const project = openProject(cwd, env);
    const { removed, kept } = await planGc(project, scope);
    if (options.dry === true) {
      ui.line(removed.length === 0 ? "No experiments to remove." : `Would remove experiments: ${quoteNames(removed)}`);
      return 0;
    }
    if (removed.length === 0) {
      ui.line("No experiments to remove.");
      return 0;
    }
    if (options.force !== true) {
      ui.warn(`This removes ${count(removed.length)} and keeps ${kept.length}: ${describeScope(options)}.`);
      if (!(await confirm(ui, "Are you sure you want to proceed?"))) return 1;
    }
    const operation = await removeExperiments(project.repo, removed, { kind: "gc" });
    ui.line(`Removed ${count(removed.length)}. To remove unused cache files use 'waymark gc'.`);
    if (operation !== undefined) ui.note(`To bring back what was removed: waymark exp undo ${operation.id}`);
    return 0;
  },
});

function scopeOf(options: GcOptions): GcScope {
  const { workspace = false, allBranches = false, allTags = false, allCommits = false, rev = [] } = options;
  const { num, where, date } = options;
  const hasCommits = workspace || allBranches || allTags || allCommits || rev.length > 0;
  if (!hasCommits && where === undefined && date === undefined) {
    throw new CommandError(
      255,
      "Say what to keep: one of `-w`, `-a`, `-T`, `-A`, `--rev`, `--date` and `--where`",
      "For example `waymark exp gc -w` keeps the experiments of the current commit.",
    );
  }
  const revisions = [...(workspace ? ["HEAD"] : []), ...rev];
  return {
    baselines: hasCommits
      ? { allBranches, allTags, allCommits, revisions, ...(num === undefined ? {} : { count: num }) }
      : undefined,
    where,
    since: date === undefined ? undefined : new Date(`${date}T00:00:00`),
  };
}

function describeScope(options: GcOptions): string {
  const parts = [
    ...(options.workspace === true ? ["of the current commit"] : []),
    ...(options.allBranches === true ? ["of the tips of all branches"] : []),
    ...(options.allTags === true ? ["of all tags"] : []),
    ...(options.allCommits === true ? ["of every commit on a branch or tag"] : []),
    ...(options.rev ?? []).map((revision) => `of ${revision}`),
    ...(options.date === undefined ? [] : [`of commits since ${options.date}`]),
    ...(options.where === undefined ? [] : [`matching "${options.where}"`]),
  ];
  return `those ${parts.join(", those ")}`;
}

function count(number: number): string {
  return `${number} experiment${number === 1 ? "" : "s"}`;
}

function parseDate(text: string): string {
  const isDate = /^\d{4}-\d\d-\d\d$/u.test(text) && !Number.isNaN(new Date(`${text}T00:00:00`).getTime());
  if (!isDate) throw new UsageError("Expected a date such as 2026-11-23.");
  return text;
}
