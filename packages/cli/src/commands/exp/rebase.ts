import type { ExperimentRef, Project, RebasePlan } from "@waymark/experiments";
import { type CommandContext, defineCommand } from "../../command.ts";
import { UsageError } from "../../usage-error.ts";

interface RebaseOptions {
  readonly onto?: string;
  readonly orphaned?: boolean;
  readonly force?: boolean;
  readonly dry?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand<RebaseOptions>({
  summary: "Attach experiments to another commit, such as one that was amended or rebased",
  details:
    "An experiment belongs to the commit it started from. When that one is amended, rebased or squashed, its experiments " +
    "are no longer those of any branch. This makes their commits again on the commit that took its place: the same " +
    "files, messages, people and dates, checkpoints included. The new commit is found by its change, its files, or its " +
    "author and moment; `--onto` names it.",
  arguments: [{ name: "[experiment...]", description: "names of experiments" }],
  options: [
    { flags: "--onto <commit>", description: "attach them to this commit" },
    { flags: "--orphaned", description: "all whose commit was rewritten, where the new one can be found" },
    { flags: "-f, --force", description: "replace experiments of the same name that are there" },
    { flags: "--dry", description: "say what would be done, and change nothing" },
    { flags: "--json", description: "print JSON" },
  ],
  examples: [
    { line: "waymark exp rebase brave-bat", does: "after `git commit --amend` or `git rebase`" },
    { line: "waymark exp rebase --orphaned --dry", does: "see what has lost its commit" },
    { line: "waymark exp rebase brave-bat --onto main", does: "onto a commit of your choice" },
  ],
  async run({ args, options, context }) {
    if (args.length > 0 === (options.orphaned === true)) {
      throw new UsageError("Give either names of experiments, or `--orphaned`");
    }
    const { openProject, planRebase, rebaseExperiments, selectExperiments } = await import("@waymark/experiments");
    const { cwd, env, ui } = context;
    const project = openProject(cwd, env);
    const plans =
      options.orphaned === true
        ? await planOrphaned(project, options.onto, context)
        : await planRebase(project.repo, await selectExperiments(project, { names: args }), options.onto);
    const isDry = options.dry === true;
    const operation = isDry ? undefined : await rebaseExperiments(project, plans, { force: options.force ?? false });
    if (options.json === true) ui.line(JSON.stringify(plans.map(toJson), null, 2));
    else await report(plans, isDry, context);
    if (operation !== undefined) ui.note(`To take it back: waymark exp undo ${operation.id}`);
  },
});

/** Each commit is looked for by itself: one that cannot be found is no reason to leave the others. */
async function planOrphaned(
  { repo }: Project,
  onto: string | undefined,
  { ui }: CommandContext,
): Promise<readonly RebasePlan[]> {
  const { BrokenChainError, listOrphanedBaselines, NewBaselineNotFoundError, planRebase } =
    await import("@waymark/experiments");
  const { quoteNames } = await import("../../render/quote-names.ts");
  const plans: RebasePlan[] = [];
  for (const { experiments } of await listOrphanedBaselines(repo)) {
    try {
      plans.push(...(await planRebase(repo, experiments, onto)));
    } catch (error) {
      if (!(error instanceof NewBaselineNotFoundError) && !(error instanceof BrokenChainError)) throw error;
      ui.warn(`${error.message}. Left as they are: ${quoteNames(experiments)}\n${error.hint ?? ""}`);
    }
  }
  return plans;
}

async function report(plans: readonly RebasePlan[], isDry: boolean, { ui }: CommandContext): Promise<void> {
  const { toPrintable } = await import("../../render/display-text.ts");
  for (const { experiment, onto, match, commits } of plans) {
    const what = `'${toPrintable(experiment.name)}' (${commits} commit${commits === 1 ? "" : "s"})`;
    const where = `from ${experiment.baseline.slice(0, 7)} onto ${onto.slice(0, 7)}`;
    ui.line(`${isDry ? "Would rebase" : "Rebased"} ${what} ${where}${match === undefined ? "" : `: ${WHY[match]}`}`);
  }
  if (plans.length === 0) ui.line("No experiments to rebase.");
}

const WHY: Readonly<Record<NonNullable<RebasePlan["match"]>, string>> = {
  patch: "the same change",
  tree: "the same files",
  author: "the same author, moment and subject",
};

function toJson({ experiment, onto, match, tip }: RebasePlan): {
  readonly name: string;
  readonly from: ExperimentRef["baseline"];
  readonly onto: string;
  readonly match: string | null;
  readonly commit: string;
} {
  return { name: experiment.name, from: experiment.baseline, onto, match: match ?? null, commit: tip };
}
