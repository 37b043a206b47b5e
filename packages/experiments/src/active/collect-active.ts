import { join } from "node:path";
import { type GitRef, openRepository, readHead } from "@waymark/git";
import { type DvcExecution, hasDvcState, listDvcExecutions } from "../dvc-state/executions.ts";
import { readSentState } from "../executors/slurm/mail/live-state.ts";
import type { Project } from "../project.ts";
import type { RowSession } from "../show/row-session.ts";
import { CommitState } from "../show/states.ts";
import type { RevisionState } from "../show/view.ts";
import { readWorkspaceState } from "../show/workspace-state.ts";
import type { ActiveExperiment } from "./active-state.ts";
import type { ExecutorState } from "./executor-state.ts";
import { listOwnRuns, type OwnRun } from "./own-runs.ts";
import { asQueued, isAtSlurm, type OwnTask, readOwnTasks, succeededTasks } from "./own-tasks.ts";
import { withoutMetrics } from "./without-metrics.ts";

/** What {@link collectActive} reads with. */
export interface CollectActiveOptions {
  readonly session: RowSession;
  /** Commits whose experiments are shown. */
  readonly baselines: ReadonlySet<string>;
  /** Refs of tasks of our queue. */
  readonly tasks: readonly GitRef[];
  /** Only params that stages depend on. */
  readonly paramDeps: boolean;
  readonly hideQueued: boolean;
  readonly hideFailed: boolean;
}

/** Experiments that are being made, and what is known of how others were. */
export interface ActiveExperiments {
  /** Those that run first, then those that wait, then those that came to nothing. */
  readonly experiments: readonly ActiveExperiment[];
  /** Runs of ours that have committed something: their experiments are listed anyway. */
  readonly committed: readonly OwnRun[];
  /** Executors of either queue by the full ref of the experiment that they made. */
  readonly succeeded: ReadonlyMap<string, ExecutorState>;
}

/** What DVC says when a commit is not there any more. */
const GONE = "RevError";
const FAILED = { msg: "Experiment run failed", type: "" };

/** Collects what runs, waits or has failed, of both tools. Nothing is changed. */
export async function collectActive(project: Project, options: CollectActiveOptions): Promise<ActiveExperiments> {
  const { baselines, hideFailed, hideQueued } = options;
  const isHidden = (status: string): boolean => (hideQueued && status === "queued") || (hideFailed && isOver(status));
  const dvcDir = join(project.dvcRoot, ".dvc");
  const tasks = readOwnTasks(project, options.tasks, Date.now());
  // A task whose worker was killed waits again: what its record says of the last attempt is no news.
  const over = new Set(tasks.filter(({ status }) => status !== "running").map(({ task }) => task.recordId));
  const own = listOwnRuns(project, over).filter(({ record }) => baselines.has(record.baseline));
  const dvc = hasDvcState(dvcDir)
    ? listDvcExecutions(dvcDir, project.root)
    : { executions: [], succeeded: new Map<string, ExecutorState>() };
  const runs = own.filter(({ record, isKilled }) => record.commit === null && !(isKilled && isHidden("killed")));
  const shownTasks = withoutRuns(tasks, own).filter(
    ({ task, status }) => baselines.has(task.spec.baseline) && !isHidden(status),
  );
  const executions = dvc.executions.filter(({ baseline, state }) => baselines.has(baseline) && !isHidden(state));
  const reader = new ActiveReader(project, options);
  await reader.load([
    ...executions.map(({ rev }) => rev),
    ...own.map(({ record }) => record.baseline),
    ...shownTasks.map(({ task }) => task.commit),
  ]);
  const experiments = [
    ...(await Promise.all(runs.map(async (run) => reader.readOwn(run)))),
    ...shownTasks.flatMap((task) => reader.readTask(task) ?? []),
    ...(await Promise.all(executions.map(async (execution) => reader.readDvc(execution)))),
  ];
  return {
    experiments: ["running", "queued", "over"].flatMap((phase) => byNewest(experiments.filter(inPhase(phase)), phase)),
    committed: own.filter(({ record }) => record.commit !== null),
    succeeded: new Map([...dvc.succeeded, ...succeededTasks(tasks)]),
  };
}

/** What a task does while a worker has it is told by its record, once there is one. */
function withoutRuns(tasks: readonly OwnTask[], runs: readonly OwnRun[]): readonly OwnTask[] {
  const running = new Set(runs.map(({ record }) => record.id));
  return tasks
    .filter(({ task, status }) => status !== "running" || !running.has(task.recordId))
    .map((task) => (isAtSlurm(task.task) && task.status === "running" ? asQueued(task) : task));
}

function isOver(status: string): boolean {
  return status === "failed" || status === "killed";
}

function inPhase(phase: string): (experiment: ActiveExperiment) => boolean {
  return ({ status }) => (isOver(status) ? "over" : status) === phase;
}

/** As DVC: by time, newest first, and of one moment by id; what has no time, as what runs, stays as it is. */
function byNewest(experiments: readonly ActiveExperiment[], phase: string): readonly ActiveExperiment[] {
  if (phase === "running") return experiments;
  const keyOf = ({ states: [state] }: ActiveExperiment): string =>
    state?.data?.timestamp === undefined ? "" : `${state.data.timestamp ?? ""} ${state.rev}`;
  return experiments.toSorted((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) < keyOf(b) ? 1 : -1));
}

/** Reads what experiments hold that are not there yet. */
class ActiveReader {
  readonly #project: Project;
  readonly #options: CollectActiveOptions;

  constructor(project: Project, options: CollectActiveOptions) {
    this.#project = project;
    this.#options = options;
  }

  async load(revs: readonly string[]): Promise<void> {
    await this.#options.session.loader.load(revs.filter((rev) => rev !== "workspace"));
  }

  async readDvc(execution: DvcExecution): Promise<ActiveExperiment> {
    const { name, baseline, state: status, executor, rev } = execution;
    const states = [await this.#stateOf(execution)];
    return { name, baseline, status, executor, tool: "dvc", states: states.map((state) => ({ ...state, rev, name })) };
  }

  async readOwn({ record, isKilled, executor, place }: OwnRun): Promise<ActiveExperiment> {
    const { name, baseline } = record;
    const sent = record.kind === "slurm" ? readSentState(this.#project, record.id) : undefined;
    const state =
      sent === undefined && place !== undefined
        ? await this.#workTree(place.root, place.dvcRoot, baseline)
        : { ...(sent ?? this.#commit(baseline)), rev: baseline };
    const rev = record.kind === "workspace" ? "workspace" : state.rev;
    const status = isKilled ? "killed" : "running";
    const error = isKilled ? FAILED : state.error;
    return { name, baseline, status, executor, tool: "waymark", states: [{ ...state, rev, name, error }] };
  }

  readTask({ task, status, executor }: OwnTask): ActiveExperiment | undefined {
    if (status === "done") return undefined;
    const { name, baseline } = task.spec;
    const described = this.#commit(task.commit);
    const state = status === "queued" ? withoutMetrics(described) : described;
    const error = status === "failed" ? FAILED : state.error;
    return { name, baseline, status, executor, tool: "waymark", states: [{ ...state, name, error }] };
  }

  async #stateOf({ state, rev, place }: DvcExecution): Promise<RevisionState> {
    if (state === "running" && place !== undefined) return this.#workTree(place.root, place.dvcRoot, rev);
    const described = this.#commit(rev);
    if (state === "queued") return withoutMetrics(described);
    return isOver(state) ? { ...described, error: FAILED } : described;
  }

  #commit(rev: string): RevisionState {
    const row = this.#options.session.loader.get(rev);
    if (row !== undefined) {
      const { dataJson, data, error } = new CommitState(row, null);
      return { rev, name: null, dataJson, data, error };
    }
    // Its entry is durable, and what it names was not: `git gc` has taken it.
    const error = { msg: `unknown Git revision '${rev}'`, type: GONE };
    return { rev, name: null, dataJson: "null", data: null, error };
  }

  /** What a work tree holds now, named after the commit that is checked out in it. */
  async #workTree(root: string, dvcRoot: string, named: string): Promise<RevisionState> {
    const { session, paramDeps } = this.#options;
    const isMain = root === this.#project.root;
    const repo = isMain ? this.#project.repo : openRepository(root, { env: this.#project.repo.env });
    // A clone that is just being made, or was taken away this moment.
    if (repo?.root !== root) return this.#commit(named);
    const state = await readWorkspaceState(repo, dvcRoot, session.revisions, paramDeps);
    return isMain ? state : { ...state, rev: readHead(repo).commit ?? named };
  }
}
