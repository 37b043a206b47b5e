import { type Head, readHead } from "@waymark/git";
import type { ActiveExperiments } from "../active/collect-active.ts";
import { mayHaveActive } from "../active/may-have-active.ts";
import { type BaselineSelection, findUnreachable, resolveBaselines } from "../baselines.ts";
import type { ExperimentRef } from "../experiment-ref.ts";
import { type Labels, NO_LABELS } from "../labels/labels.ts";
import { readLabelRefs } from "../labels/read-labels.ts";
import type { Project } from "../project.ts";
import { ExperimentQueryRow } from "../query/experiment-row.ts";
import { isSelective, parseSelection, type RowSelection, selectionFields, selectRows } from "../query/select-rows.ts";
import { describeCommit, readRefTable, type RefTable } from "../ref-table.ts";
import { findStatus } from "./experiment-status.ts";
import type { Row } from "./row-cache.ts";
import type { RowLoader } from "./row-loader.ts";
import { RowSession } from "./row-session.ts";
import { CommitState } from "./states.ts";
import type { BaselineState, ExperimentState, ExperimentsView } from "./view.ts";
import { readWorkspaceState } from "./workspace-state.ts";

/** What to collect. */
export interface CollectOptions extends BaselineSelection, RowSelection {
  /** Leaves the workspace out. Default false. */
  readonly hideWorkspace?: boolean;
  /** Gives baselines no names. Default false. */
  readonly isShaOnly?: boolean;
  /** Reads every commit anew instead of remembering it. Default false. */
  readonly force?: boolean;
  /** Only params that stages depend on. Default false. */
  readonly paramDeps?: boolean;
  /** How many older commits of each experiment to read, of its own; the rest is counted. Default: all, and its origin's. */
  readonly checkpoints?: number;
  /** Reads tags and notes. Default false. */
  readonly withLabels?: boolean;
  /** Leaves out what waits in a queue. Default false. */
  readonly hideQueued?: boolean;
  /** Leaves out what came to nothing. Default false. */
  readonly hideFailed?: boolean;
  /** Looks for experiments whose baseline is on no branch any more. Default false. */
  readonly withOrphans?: boolean;
}

/**
 * Collects experiments with their checkpoints, params, metrics, deps and outs, by baseline.
 *
 * Those that run come first, with what carries them out; what waits, and what has failed, comes last. A query looks at
 * experiments that are there: with one, and with a number to take, nothing else is shown.
 *
 * Refs take one process, objects one more for all commits together. What was read of a commit never changes, so it is
 * remembered in `.dvc/tmp/waymark/`.
 *
 * With a query, or a number to take, baselines without any experiment of these are left out. Sorting is inside of each
 * baseline; without it the newest come first.
 *
 * @returns Nothing at all in a repository without commits.
 * @throws `InvalidQueryError`, `UnknownColumnError`, `RevisionNotFoundError`
 */
export async function collectExperiments(project: Project, options: CollectOptions = {}): Promise<ExperimentsView> {
  const { repo } = project;
  const head = readHead(repo);
  if (head.commit === undefined) return { workspace: undefined, baselines: [], orphans: undefined };
  const { hideWorkspace = false, force = false, paramDeps = false } = options;
  // A query that cannot be read fails before anything else is looked at.
  parseSelection(options);
  const session = new RowSession(project, { force, paramDeps });
  try {
    const [table, commits, workspace] = await Promise.all([
      readRefTable(repo),
      resolveBaselines(repo, options),
      hideWorkspace ? undefined : readWorkspaceState(repo, project.dvcRoot, session.revisions, paramDeps),
    ]);
    const collector = new Collector(project, session, table, head, options);
    const baselines = await collector.collect(commits);
    const orphans = options.withOrphans === true ? await countOrphans(project, table, commits) : undefined;
    return { workspace, baselines, orphans, isFinal: session.loader.isFinal && table.tasks.length === 0 };
  } finally {
    await session.close();
  }
}

class Collector {
  readonly #project: Project;
  readonly #session: RowSession;
  readonly #table: RefTable;
  readonly #head: Head;
  readonly #options: CollectOptions;

  constructor(project: Project, session: RowSession, table: RefTable, head: Head, options: CollectOptions) {
    this.#project = project;
    this.#session = session;
    this.#table = table;
    this.#head = head;
    this.#options = options;
  }

  async collect(commits: readonly string[]): Promise<BaselineState[]> {
    const { loader } = this.#session;
    const wanted = new Set(commits);
    const candidates = this.#table.experiments.filter(({ baseline }) => wanted.has(baseline));
    const labels = await this.#readLabels();
    await loader.load([...commits, ...candidates.map(({ tip }) => tip)]);
    const selected = this.#select(this.#byNewest(candidates), labels);
    const active = await this.#readActive(wanted);
    const states = runningFirst(await this.#readStates(selected, labels, active));
    const byBaseline = new Map<string, ExperimentState[]>(commits.map((commit) => [commit, []]));
    for (const state of states) byBaseline.get(state.baseline)?.push(state);
    const { where, top, isShaOnly = false } = this.#options;
    const baselines: BaselineState[] = [];
    for (const [commit, experiments] of byBaseline) {
      const row = loader.get(commit);
      if (row === undefined) continue;
      if ((where !== undefined || top !== undefined) && experiments.length === 0) continue;
      const name = isShaOnly ? null : (describeCommit(this.#table, this.#head, commit) ?? null);
      const own = active?.experiments.filter(({ baseline }) => baseline === commit) ?? [];
      baselines.push(Object.assign(new CommitState(row, name), { experiments, active: own }));
    }
    return baselines;
  }

  /** Most projects have nothing that runs: the parts that look at it are loaded where there may be something. */
  async #readActive(baselines: ReadonlySet<string>): Promise<ActiveExperiments | undefined> {
    const { where, top, hideQueued = false, hideFailed = false, paramDeps = false } = this.#options;
    const { tasks } = this.#table;
    if (tasks.length === 0 && !mayHaveActive(this.#project)) return undefined;
    const { collectActive } = await import("../active/collect-active.ts");
    const options = { session: this.#session, baselines, tasks, paramDeps, hideQueued, hideFailed };
    const active = await collectActive(this.#project, options);
    return where === undefined && top === undefined ? active : { ...active, experiments: [] };
  }

  /** Newest first; of one moment, by commit id. As in DVC, those that cannot be read come last. */
  #byNewest(experiments: readonly ExperimentRef[]): ExperimentRef[] {
    const timed = experiments.map((experiment) => {
      const row = this.#session.loader.get(experiment.tip);
      return { experiment, time: row === undefined || row.error !== undefined ? -Infinity : row.timeSeconds };
    });
    timed.sort((a, b) => {
      if (a.time !== b.time) return b.time > a.time ? 1 : -1;
      const [tipA, tipB] = [a.experiment.tip, b.experiment.tip];
      return tipB === tipA ? 0 : tipB > tipA ? 1 : -1;
    });
    return timed.map(({ experiment }) => experiment);
  }

  async #readLabels(): Promise<ReadonlyMap<string, Labels>> {
    const fields = selectionFields(this.#options, parseSelection(this.#options));
    const isNeeded = this.#options.withLabels === true || fields.includes("tag") || fields.includes("note");
    return isNeeded ? readLabelRefs(this.#session.objects, this.#table.labels) : new Map<string, Labels>();
  }

  #select(candidates: readonly ExperimentRef[], labels: ReadonlyMap<string, Labels>): readonly ExperimentRef[] {
    if (!isSelective(this.#options)) return candidates;
    const context = { project: this.#project, table: this.#table, head: this.#head, labels };
    const rows = candidates.map((experiment) => {
      return new ExperimentQueryRow(experiment, this.#session.loader.get(experiment.tip), context);
    });
    // DVC puts what has no value first when it sorts downwards; whoever takes some from the front wants none of these.
    const missing = this.#options.top === undefined ? "greatest" : "last";
    return selectRows(rows, { ...this.#options, missing }).map(({ experiment }) => experiment);
  }

  async #readStates(
    experiments: readonly ExperimentRef[],
    labels: ReadonlyMap<string, Labels>,
    active: ActiveExperiments | undefined,
  ): Promise<ExperimentState[]> {
    const { loader } = this.#session;
    const limit = this.#options.checkpoints;
    const chains = await loader.loadChains(experiments);
    const shown = chains.map(({ ids, ownCount }) => {
      return limit === undefined ? ids : ids.slice(0, Math.max(1, Math.min(ownCount, limit + 1)));
    });
    await loader.load(shown.flat());
    const states: ExperimentState[] = [];
    for (const [index, { name, ref, baseline }] of experiments.entries()) {
      const rows = rowsOf(loader, shown[index] ?? []);
      const [newest] = rows;
      const chain = chains[index];
      if (newest === undefined || chain === undefined) continue;
      const run = active?.committed.find(({ record }) => record.name === name && record.baseline === baseline);
      states.push({
        name,
        ref,
        baseline,
        ownCount: chain.ownCount,
        origin: chain.origin,
        checkpoints: rows.map((row, at) => new CommitState(row, at === 0 ? name : null)),
        status: run === undefined ? findStatus(this.#project, newest) : run.isKilled ? "killed" : "running",
        executor: run?.executor ?? active?.succeeded.get(ref) ?? null,
        labels: labels.get(ref) ?? NO_LABELS,
      });
    }
    return states;
  }
}

/** Rows of commits, as far as these are there. */
function rowsOf(loader: RowLoader, ids: readonly string[]): Row[] {
  const rows: Row[] = [];
  for (const id of ids) {
    const row = loader.get(id);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

/** Puts those that are being made before the others; otherwise they stay in their order. */
function runningFirst(experiments: readonly ExperimentState[]): readonly ExperimentState[] {
  const isRunning = ({ executor }: ExperimentState): boolean => executor?.state === "running";
  if (!experiments.some(isRunning)) return experiments;
  return [...experiments.filter(isRunning), ...experiments.filter((experiment) => !isRunning(experiment))];
}

/** Counts experiments that a rebase or amended commit has left behind. Those that are shown anyway do not count. */
async function countOrphans(
  { repo }: Project,
  table: RefTable,
  shown: readonly string[],
): Promise<ExperimentsView["orphans"]> {
  const known = new Set([...shown, ...table.allNames.keys()]);
  const hidden = table.experiments.filter(({ baseline }) => !known.has(baseline));
  const lost = await findUnreachable(repo, new Set(hidden.map(({ baseline }) => baseline)));
  const experiments = hidden.filter(({ baseline }) => lost.has(baseline)).length;
  return { baselines: lost.size, experiments };
}
