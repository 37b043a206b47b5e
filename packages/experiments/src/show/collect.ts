import { join } from "node:path";
import { type Head, ObjectReader, readHead } from "@waymark/git";
import { describeProblem, RevisionReader, WorkspaceSource } from "@waymark/pipeline";
import { type BaselineSelection, resolveBaselines } from "../baselines.ts";
import type { ExperimentRef } from "../experiment-ref.ts";
import { type Project, stateFolder, toRepositoryPath } from "../project.ts";
import { describeCommit, readRefTable, type RefTable } from "../ref-table.ts";
import { openCache } from "../restore.ts";
import { findStatus } from "./experiment-status.ts";
import { formatData, formatValues, parseData } from "./revision-values.ts";
import { RowCache } from "./row-cache.ts";
import { RowLoader } from "./row-loader.ts";
import { CommitState } from "./states.ts";
import type { BaselineState, ExperimentState, ExperimentsView, RevisionState } from "./view.ts";

/** What to collect. */
export interface CollectOptions extends BaselineSelection {
  /** Leaves the workspace out. Default false. */
  readonly hideWorkspace?: boolean;
  /** Gives baselines no names. Default false. */
  readonly isShaOnly?: boolean;
  /** Reads every commit anew instead of remembering it. Default false. */
  readonly force?: boolean;
  /** Only params that stages depend on. Default false. */
  readonly paramDeps?: boolean;
}

/** Experiments that are read at the same time. */
const CONCURRENCY = 128;

/**
 * Collects experiments with their checkpoints, params, metrics, deps and outs, by baseline.
 *
 * Refs take one process, objects one more for all commits together. What was read of a commit never changes, so it is
 * remembered in `.dvc/tmp/waymark/`.
 *
 * @returns Nothing at all in a repository without commits.
 */
export async function collectExperiments(project: Project, options: CollectOptions = {}): Promise<ExperimentsView> {
  const { repo } = project;
  const head = readHead(repo);
  if (head.commit === undefined) return { workspace: undefined, baselines: [] };
  const { hideWorkspace = false, isShaOnly = false, force = false, paramDeps = false } = options;
  const objects = new ObjectReader(repo);
  const cache = RowCache.open(join(stateFolder(project), "rows"));
  const revisions = new RevisionReader({ cache: openCache(project) });
  const prefix = toRepositoryPath(project.root, project.dvcRoot) ?? "";
  const loader = new RowLoader({ objects, revisions, cache, prefix, isForced: force, onlyStageParams: paramDeps });
  try {
    const [table, commits, workspace] = await Promise.all([
      readRefTable(repo),
      resolveBaselines(repo, options),
      hideWorkspace ? undefined : readWorkspace(project, revisions, paramDeps),
    ]);
    const byBaseline = groupByBaseline(table, commits);
    const states = await collectChains(project, loader, [...byBaseline.values()].flat());
    const baselines = await Promise.all(
      commits.map(async (commit): Promise<BaselineState | undefined> => {
        const row = await loader.load(commit);
        if (row === undefined) return undefined;
        const name = isShaOnly ? null : nameOf(table, head, commit);
        const experiments = (byBaseline.get(commit) ?? []).flatMap(({ ref }) => states.get(ref) ?? []);
        return Object.assign(new CommitState(row, name), { experiments: experiments.sort(byNewest) });
      }),
    );
    return { workspace, baselines: baselines.filter((baseline) => baseline !== undefined) };
  } finally {
    await objects.close();
    cache.save();
  }
}

function nameOf(table: RefTable, head: Head, commit: string): string | null {
  return describeCommit(table, head, commit) ?? null;
}

function groupByBaseline(table: RefTable, commits: readonly string[]): Map<string, ExperimentRef[]> {
  const groups = new Map<string, ExperimentRef[]>(commits.map((commit) => [commit, []]));
  for (const experiment of table.experiments) groups.get(experiment.baseline)?.push(experiment);
  return groups;
}

async function collectChains(
  project: Project,
  loader: RowLoader,
  experiments: readonly ExperimentRef[],
): Promise<Map<string, ExperimentState>> {
  const states = new Map<string, ExperimentState>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const experiment = experiments[next];
      next += 1;
      if (experiment === undefined) return;
      const { name, ref, baseline, tip } = experiment;
      const rows = await loader.loadChain(tip, baseline);
      const [newest] = rows;
      if (newest === undefined) continue;
      const fork = rows.findIndex((row) => row.forkedFrom !== undefined);
      states.set(ref, {
        ...{ name, ref, baseline },
        checkpoints: rows.map((row, index) => new CommitState(row, index === 0 ? name : null)),
        ownCount: fork === -1 ? rows.length : fork + 1,
        status: findStatus(project, newest),
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return states;
}

async function readWorkspace(
  project: Project,
  revisions: RevisionReader,
  onlyStageParams: boolean,
): Promise<RevisionState> {
  const base = { rev: "workspace", name: null };
  try {
    const source = new WorkspaceSource(project.repo, project.dvcRoot);
    const { json } = formatValues(await revisions.collect(source, { onlyStageParams }));
    const dataJson = formatData("workspace", null, json);
    return { ...base, dataJson, data: parseData(dataJson), error: null };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...base, dataJson: "null", data: null, error: describeProblem(error) };
  }
}

/** Newest first; of one moment, by commit id. */
function byNewest(a: ExperimentState, b: ExperimentState): number {
  const timeOf = ({ checkpoints: [tip] }: ExperimentState): number =>
    tip instanceof CommitState ? tip.timeSeconds : 0;
  const revOf = ({ checkpoints: [tip] }: ExperimentState): string => tip?.rev ?? "";
  return timeOf(b) - timeOf(a) || (revOf(b) > revOf(a) ? 1 : -1);
}
