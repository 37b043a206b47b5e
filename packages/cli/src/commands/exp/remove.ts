import type { ExperimentRef, Project, RemoteRemoval, ThinPlan, ThinRequest } from "@waymark/experiments";
import { type CommandContext, DVC_EXIT_CODES, defineCommand } from "../../command.ts";
import { CommandError } from "../../command-error.ts";
import { UsageError } from "../../usage-error.ts";
import { toSelection } from "./revision-options.ts";
import { type SelectionOptions, selectionOptions, toExperimentSelection } from "./selection-options.ts";

interface RemoveOptions extends SelectionOptions {
  readonly keep?: boolean;
  readonly queue?: boolean;
  readonly gitRemote?: string;
  readonly checkpoints?: string;
  readonly dry?: boolean;
  readonly dryRun?: boolean;
}

export const command = defineCommand<RemoveOptions>({
  summary: "Remove experiments, or some of their checkpoints",
  details:
    "Experiments go with all of their checkpoints, tags and notes, all of them or none. `waymark exp undo` brings them " +
    "back for 30 days; their files stay in the cache as long, and then until `waymark gc`. NAME@STEP takes one " +
    "checkpoint out of an experiment, and `--checkpoints` all but those it names: keep-every=10 (steps that are " +
    "multiples), keep-last=3, keep-best=val/loss or keep-best=acc:max, with commas between several. The newest " +
    "checkpoint always stays. A task that waits, or is over, goes by its name as well. With `-g` experiments are " +
    "removed from a Git remote, and none here.",
  arguments: [{ name: "[experiment...]", description: "names of experiments, or NAME@STEP" }],
  options: [
    ...selectionOptions("Remove"),
    { flags: "--keep", description: "remove every other experiment of the repository, and keep the selected ones" },
    { flags: "--queue", description: "remove the tasks that wait in the queue" },
    { flags: "-g, --git-remote <git_remote>", description: "remove them from this Git remote, by name or URL" },
    { flags: "--checkpoints <policy>", description: "keep the experiments, and only these of their checkpoints" },
    { flags: "--dry", description: "say what would be removed, and remove nothing" },
    { flags: "--dry-run", description: "the same", isHidden: true },
  ],
  examples: [
    { line: "waymark exp remove brave-bat calm-cod", does: "remove two experiments" },
    { line: "waymark exp remove --keep brave-bat", does: "remove all but one" },
    { line: 'waymark exp remove -A --where "metrics.acc < 0.5" --dry', does: "see what a query would remove" },
    { line: "waymark exp remove brave-bat --checkpoints keep-last=3,keep-best=val/loss", does: "thin its checkpoints" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ args, options, context }) {
    refuseWrongOptions(args, options);
    const { openProject, splitCheckpoints } = await import("@waymark/experiments");
    const { cwd, env } = context;
    const project = openProject(cwd, env);
    if (options.queue === true) await refuseQueue(project);
    if (options.gitRemote !== undefined) return removeRemotely(project, options.gitRemote, args, options, context);
    if (options.checkpoints !== undefined) return thinSelected(project, args, options, context);
    const { names, checkpoints } = await splitCheckpoints(project.repo, args);
    if (checkpoints.length > 0 && (names.length > 0 || options.keep === true)) {
      throw new CommandError(255, "Checkpoints and whole experiments cannot be removed by one command");
    }
    if (checkpoints.length > 0) return thin(project, checkpoints, options, context);
    return removeSelected(project, names, options, context);
  },
});

async function removeSelected(
  project: Project,
  names: readonly string[],
  options: RemoveOptions,
  context: CommandContext,
): Promise<number> {
  const { removeExperiments, removeQueued, selectExperiments, splitQueued } = await import("@waymark/experiments");
  const { removeWaiting } = await import("../../queue/remove-waiting.ts");
  const isOnlyQueue = options.queue === true && names.length === 0 && !isScoped(options);
  const { keep = false } = options;
  const split = keep || names.length === 0 ? { names, queued: [] } : splitQueued(project, names);
  const isOnlyTasks = names.length > 0 && split.names.length === 0;
  const selection = { ...toExperimentSelection(split.names, options), keep };
  const experiments = isOnlyQueue || isOnlyTasks ? [] : await selectExperiments(project, selection);
  const operation = isDry(options) ? undefined : await removeExperiments(project.repo, experiments);
  if (!isDry(options)) await removeQueued(project, split.queued);
  const waiting = options.queue === true ? await removeWaiting(project, isDry(options), context) : [];
  const tasks = [...split.queued, ...waiting];
  await reportTasks(context, tasks, isDry(options));
  if (experiments.length > 0 || tasks.length === 0) await report(context, experiments, isDry(options));
  if (operation !== undefined) context.ui.note(`To bring back what was removed: waymark exp undo ${operation.id}`);
  return 0;
}

async function removeRemotely(
  { repo }: Project,
  remote: string,
  names: readonly string[],
  options: RemoveOptions,
  context: CommandContext,
): Promise<number> {
  const { removeRemoteExperiments } = await import("@waymark/experiments");
  const { toPrintable } = await import("../../render/display-text.ts");
  const { keep = false } = options;
  const removal: RemoteRemoval = { names, baselines: toSelection(options), keep, isDryRun: isDry(options) };
  const access = { signal: context.signal, mayAsk: process.stdin.isTTY };
  const { removed, refused } = await removeRemoteExperiments(repo, remote, removal, access);
  await report(context, removed, isDry(options));
  for (const { experiment, reason } of refused) {
    context.ui.warn(toPrintable(`'${experiment.name}' is still at '${remote}': ${reason}.`));
  }
  if (refused.length > 0) throw new CommandError(255, `Not everything could be removed from '${toPrintable(remote)}'`);
  return 0;
}

async function thinSelected(
  project: Project,
  names: readonly string[],
  options: RemoveOptions,
  context: CommandContext,
): Promise<number> {
  const { parseThinPolicies, selectExperiments } = await import("@waymark/experiments");
  const policies = parseThinPolicies(options.checkpoints ?? "");
  const experiments = await selectExperiments(project, toExperimentSelection(names, options));
  const requests = experiments.map((experiment) => ({ experiment, policies }));
  return thin(project, requests, options, context);
}

async function thin(
  project: Project,
  requests: readonly ThinRequest[],
  options: RemoveOptions,
  { ui }: CommandContext,
): Promise<number> {
  const { planThinning, thinExperiments } = await import("@waymark/experiments");
  const { toPrintable } = await import("../../render/display-text.ts");
  const plans = await planThinning(project.repo, requests);
  const operation = isDry(options) ? undefined : await thinExperiments(project, plans);
  const verb = isDry(options) ? "Would remove" : "Removed";
  for (const plan of plans) ui.line(`${verb} ${describe(plan)} of '${toPrintable(plan.experiment.name)}'`);
  if (plans.length === 0) ui.line("No checkpoints to remove.");
  if (operation !== undefined) ui.note(`To bring back what was removed: waymark exp undo ${operation.id}`);
  return 0;
}

function describe({ dropped, kept }: ThinPlan): string {
  const steps =
    dropped.length > 10 ? `${dropped.slice(0, 9).join(", ")}, …, ${dropped.at(-1) ?? ""}` : dropped.join(", ");
  return `${dropped.length} checkpoint${dropped.length === 1 ? "" : "s"} (step ${steps}; ${kept.length} left)`;
}

async function report({ ui }: CommandContext, experiments: readonly ExperimentRef[], isDryRun: boolean): Promise<void> {
  const { quoteNames } = await import("../../render/quote-names.ts");
  if (experiments.length === 0) ui.line("No experiments to remove.");
  else ui.line(`${isDryRun ? "Would remove" : "Removed"} experiments: ${quoteNames(experiments)}`);
}

async function reportTasks(
  { ui }: CommandContext,
  queued: readonly { readonly name: string }[],
  isDryRun: boolean,
): Promise<void> {
  if (queued.length === 0) return;
  const { quoteNames } = await import("../../render/quote-names.ts");
  ui.line(`${isDryRun ? "Would remove" : "Removed"} from the queue: ${quoteNames(queued)}`);
}

function isDry(options: RemoveOptions): boolean {
  return options.dry === true || options.dryRun === true;
}

/** Options that choose experiments by the commits they started from, or what is queued: DVC takes them or names. */
function isScoped(options: RemoveOptions): boolean {
  return options.allCommits === true || options.rev !== undefined || isQuery(options);
}

function isQuery({ where, sortBy, top }: RemoveOptions): boolean {
  return where !== undefined || sortBy !== undefined || top !== undefined;
}

function refuseWrongOptions(args: readonly string[], options: RemoveOptions): void {
  const { queue = false, gitRemote, keep = false, checkpoints } = options;
  if (queue && gitRemote !== undefined) throw new UsageError("`--queue` and `--git-remote` exclude each other");
  if (queue && keep) throw new CommandError(255, "Cannot use both `--keep` and `--queue`");
  const hasCommits = options.allCommits === true || options.rev !== undefined || queue;
  if (hasCommits && args.length > 0) {
    throw new CommandError(255, "Give either names of experiments, or one of `--rev`, `--all-commits` and `--queue`");
  }
  if (!hasCommits && args.length === 0 && !isQuery(options)) {
    throw new CommandError(
      255,
      "Give names of experiments, or one of `--rev`, `--all-commits`, `--where` and `--queue`",
      "For example `waymark exp remove NAME`, or `waymark exp remove -A` for all of them.",
    );
  }
  if (checkpoints !== undefined && (queue || keep || gitRemote !== undefined)) {
    throw new UsageError("`--checkpoints` goes with neither `--keep` nor `--queue` nor `--git-remote`");
  }
  if (gitRemote !== undefined && isQuery(options)) {
    throw new UsageError("`--where`, `--sort-by` and `--top` are for local experiments", {
      hint: "Bring the experiments here with `waymark exp pull`.",
    });
  }
}

/** DVC's queue is its own: workers of it may be about to take a task. */
async function refuseQueue(project: Project): Promise<void> {
  const { hasDvcQueue, listTasks } = await import("@waymark/experiments");
  if (!hasDvcQueue(project.repo) || listTasks(project, ["waiting"]).length > 0) return;
  throw new CommandError(
    255,
    "What is queued here was queued by DVC",
    "Remove it with `dvc exp remove --queue`, or one by one with `dvc queue remove`.",
  );
}
