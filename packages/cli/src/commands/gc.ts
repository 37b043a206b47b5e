import { resolve } from "node:path";
import type { DvcProject, GarbageOptions, GarbagePlan, KeptData, RevisionScope } from "@waymark/pipeline";
import { CommandError } from "../command-error.ts";
import { type CommandContext, DVC_EXIT_CODES, defineCommand } from "../command.ts";
import { parseJobs } from "../parse-number.ts";
import { UsageError } from "../usage-error.ts";
import { noteWait } from "../note-wait.ts";

interface GcOptions {
  readonly workspace?: boolean;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly allExperiments?: boolean;
  readonly date?: string;
  readonly rev?: string;
  readonly num?: number;
  readonly notInRemote?: boolean;
  readonly cloud?: boolean;
  readonly remote?: string;
  readonly skipFailed?: boolean;
  readonly force?: boolean;
  readonly jobs?: number;
  readonly projects?: readonly string[];
  readonly dry?: boolean;
  readonly dropExperiments?: boolean;
}

export const command = defineCommand<GcOptions>({
  summary: "Remove data that nothing needs from the cache, and from remotes",
  details:
    "What is kept is chosen by the options; the workspace always is, and so are experiments with all of their " +
    "checkpoints, unless `--drop-experiments` says otherwise.",
  options: [
    { flags: "-w, --workspace", description: "keep what the workspace needs" },
    { flags: "--rev <commit>", description: "keep what this revision needs" },
    {
      flags: "-n, --num <number>",
      description: "with --rev or -a: keep this many commits of each (default: 1)",
      parse: parseCount,
    },
    { flags: "-a, --all-branches", description: "keep what the tips of all branches need" },
    { flags: "-T, --all-tags", description: "keep what all tags need" },
    { flags: "-A, --all-commits", description: "keep what any commit needs" },
    { flags: "--date <yyyy-mm-dd>", description: "keep what commits of this day and later need" },
    { flags: "--all-experiments", description: "keep what experiments need: they are kept anyway" },
    { flags: "--drop-experiments", description: "remove what only experiments need" },
    { flags: "--not-in-remote", description: "keep of all that only what the remote lacks" },
    { flags: "-c, --cloud", description: "remove from remotes, too" },
    { flags: "-r, --remote <name>", description: "the remote (default: the default one)" },
    { flags: "--skip-failed", description: "leave out revisions whose files cannot be read" },
    { flags: "-f, --force", description: "do not ask" },
    {
      flags: "-j, --jobs <number>",
      description: "requests to remotes at once (default: 4 for each processor)",
      parse: parseJobs,
    },
    { flags: "-p, --projects <paths...>", description: "keep what these projects need, too: they share the cache" },
    { flags: "--dry", description: "print what would be removed, and remove nothing" },
  ],
  examples: [
    { line: "waymark gc -w --dry", does: "see what only old commits need" },
    { line: "waymark gc -aT -c", does: "keep branches and tags, here and in the default remote" },
  ],
  exitCodes: DVC_EXIT_CODES,
  async run({ options, context }) {
    refuseWrongOptions(options);
    const { openDvcProject, planGarbage, removePlanned } = await import("@waymark/pipeline");
    const { NoRemoteError } = await import("@waymark/store");
    const { confirm } = await import("../confirm.ts");
    const { cwd, env, ui, signal } = context;
    const project = openDvcProject(cwd, env, noteWait(ui));
    ui.warn(describeScope(options, cwd));
    if (options.dry !== true && options.force !== true && !(await confirm(ui, "Are you sure?"))) return 1;
    const others = (options.projects ?? []).map((path) => openDvcProject(resolve(cwd, path), env));
    const garbage: GarbageOptions = {
      scope: scopeOf(options),
      others,
      findKept: async (each) => keptByExperiments(each, options),
      skipFailed: options.skipFailed ?? false,
      force: options.force ?? options.dry ?? false,
      inRemotes: options.cloud ?? false,
      onlyNotInRemote: options.notInRemote ?? false,
      remote: options.remote,
      jobs: options.jobs,
      signal,
    };
    await withLocks([project, ...others], async () => {
      const plan = await planGarbage(project, garbage).catch((error: unknown) => {
        // DVC's own code for it here, where its other verbs answer 1.
        if (!(error instanceof NoRemoteError)) throw error;
        throw new CommandError(251, error.message, error.hint);
      });
      if (options.dry !== true) await removePlanned(project, plan, garbage);
      report(plan, options.dry === true, context);
    });
    return 0;
  },
});

function refuseWrongOptions(options: GcOptions): void {
  const fail = (message: string, hint?: string): never => {
    throw new CommandError(255, message, hint);
  };
  if (options.remote !== undefined && options.cloud !== true && options.notInRemote !== true) {
    fail("`--remote` needs `--cloud` or `--not-in-remote`");
  }
  if (options.notInRemote === true && options.cloud === true)
    fail("`--not-in-remote` and `--cloud` exclude each other");
  const scopes = [
    ...[options.workspace, options.allBranches, options.allTags, options.allCommits, options.allExperiments],
    ...[options.date, options.rev],
  ];
  if (scopes.every((value) => value === undefined)) {
    fail(
      "What is to be kept?",
      "Pass `--workspace`, `--all-branches`, `--all-tags`, `--all-commits`, `--all-experiments`, `--date` or `--rev`.",
    );
  }
  if (options.num !== undefined && options.rev === undefined && options.allBranches !== true) {
    fail("`--num` goes with `--rev` or `--all-branches`");
  }
}

function scopeOf(options: GcOptions): RevisionScope {
  return {
    isAllBranches: options.allBranches ?? false,
    isAllTags: options.allTags ?? false,
    isAllCommits: options.allCommits ?? false,
    since: options.date,
    revisions: options.rev === undefined ? [] : [options.rev],
    count: options.num,
  };
}

function describeScope(options: GcOptions, cwd: string): string {
  const last = options.num === undefined ? "" : `the last ${options.num} commits of `;
  const parts = ["the workspace"];
  if (options.allCommits === true) parts.push("all commits");
  else {
    if (options.allBranches === true) parts.push(`${last}all branches`);
    if (options.allTags === true) parts.push("all tags");
    if (options.date !== undefined) parts.push(`all commits since ${options.date}`);
  }
  if (options.rev !== undefined) parts.push(`${last}${options.rev}`);
  if (options.dropExperiments !== true) parts.push("all experiments");
  const use = options.notInRemote === true ? "what the remote lacks of what is used by" : "what is used by";
  const projects = (options.projects ?? []).map((path) => `\n  ${resolve(cwd, path)}`).join("");
  const whose = projects === "" ? "this project" : `this project and of${projects}`;
  return `This removes all data but ${use} ${parts.join(", ")} of ${whose}`;
}

async function keptByExperiments({ repo, root }: DvcProject, options: GcOptions): Promise<KeptData> {
  if (repo === undefined || (options.dropExperiments === true && options.allExperiments !== true)) {
    return { commits: [], objects: [] };
  }
  const { listKeptCommits, listRunObjects, listUndoObjects } = await import("@waymark/experiments");
  const project = { repo, root: repo.root, dvcRoot: root };
  return {
    commits: await listKeptCommits(repo),
    objects: [...listRunObjects(project), ...(await listUndoObjects(project))],
  };
}

async function withLocks(projects: readonly DvcProject[], work: () => Promise<void>): Promise<void> {
  const { withProjectLock } = await import("@waymark/pipeline");
  const [first, ...rest] = projects;
  if (first === undefined) return work();
  await withProjectLock(first, async () => withLocks(rest, work));
}

function report(plan: GarbagePlan, isDry: boolean, { ui }: CommandContext): void {
  for (const label of plan.skipped) ui.warn(`'${label}' cannot be read and was left out.`);
  const verb = isDry ? "Would remove" : "Removed";
  if (isDry) for (const { path } of plan.objects) ui.line(`Removing ${path}`);
  const bytes = plan.objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (plan.objects.length === 0) ui.note("There is nothing to remove from the cache.");
  else ui.note(`${verb} ${plan.objects.length} objects (${bytes} bytes) from the cache.`);
  for (const { config, current, legacy } of plan.remotes) {
    const names = [...current, ...legacy];
    if (isDry) for (const name of names) ui.line(`Removing ${name} from remote '${config.name}'`);
    if (names.length === 0) ui.note(`There is nothing to remove from remote '${config.name}'.`);
    else ui.note(`${verb} ${names.length} objects from remote '${config.name}'.`);
  }
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(text)) throw new UsageError("Expected a number of commits.");
  return Number(text);
}
