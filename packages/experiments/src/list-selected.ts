import { ObjectReader, readHead, type RemoteAccess } from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "./baselines.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { type Labels, NO_LABELS } from "./labels/labels.ts";
import { readLabelRefs } from "./labels/read-labels.ts";
import type { Project } from "./project.ts";
import { describeCommit, readRefTable, type RefTable } from "./ref-table.ts";
import { type ExperimentSelection, selectFromRefs } from "./select-experiments.ts";
import { listRemoteExperiments } from "./share/list-remote.ts";

/** An experiment with what people wrote on it. */
export interface LabelledExperiment extends ExperimentRef, Labels {}

/** The chosen experiments of one baseline. */
export interface LabelledList {
  readonly baseline: string;
  /** Branch or tag at the baseline, when there is one here. */
  readonly baselineName: string | undefined;
  readonly experiments: readonly LabelledExperiment[];
}

/**
 * Lists chosen experiments with their tags and notes, by the commit they started from.
 *
 * @throws As `selectExperiments` does.
 */
export async function listSelected(project: Project, selection: ExperimentSelection = {}): Promise<LabelledList[]> {
  const table = await readRefTable(project.repo);
  const selected = await selectFromRefs(project, table, selection);
  return group(project, table, selected, selected.length === 0 ? new Map() : await readTableLabels(project, table));
}

/**
 * Lists the experiments of a Git remote, by the commit they started from. Notes and tags stay where they are: a list of
 * refs does not have them.
 *
 * @param remote - A configured name, a path or a URL.
 * @param baselines - Which commits, as this repository knows them.
 * @throws `InvalidGitRemoteError`, `GitRemoteError`, `RevisionNotFoundError`
 */
export async function listRemote(
  project: Project,
  remote: string,
  baselines: BaselineSelection = {},
  access: RemoteAccess = {},
): Promise<LabelledList[]> {
  const { repo } = project;
  const isAll = baselines.allCommits === true;
  const wanted = isAll ? undefined : new Set(await resolveBaselines(repo, baselines));
  const [{ experiments }, table] = await Promise.all([listRemoteExperiments(repo, remote, access), readRefTable(repo)]);
  const selected = experiments.filter(({ baseline }) => wanted?.has(baseline) ?? true);
  return group(project, table, selected, new Map());
}

function group(
  { repo }: Project,
  table: RefTable,
  experiments: readonly ExperimentRef[],
  labels: ReadonlyMap<string, Labels>,
): LabelledList[] {
  const head = readHead(repo);
  const lists = new Map<string, LabelledExperiment[]>();
  for (const experiment of experiments) {
    const labelled = { ...experiment, ...(labels.get(experiment.ref) ?? NO_LABELS) };
    const list = lists.get(experiment.baseline);
    if (list === undefined) lists.set(experiment.baseline, [labelled]);
    else list.push(labelled);
  }
  return [...lists].map(([baseline, list]) => {
    return { baseline, baselineName: describeCommit(table, head, baseline), experiments: list };
  });
}

async function readTableLabels({ repo }: Project, table: RefTable): Promise<ReadonlyMap<string, Labels>> {
  if (table.labels.length === 0) return new Map();
  const objects = new ObjectReader(repo);
  try {
    return await readLabelRefs(objects, table.labels);
  } finally {
    await objects.close();
  }
}
