import { type GitRepository, readHead } from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "./baselines.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { describeCommit, readRefTable } from "./ref-table.ts";

/** The experiments of one baseline, by name. */
export interface BaselineList {
  readonly baseline: string;
  /** Branch or tag at the baseline, when there is one. */
  readonly baselineName: string | undefined;
  readonly experiments: readonly ExperimentRef[];
}

/**
 * Lists experiments by the commit they started from. With `allCommits` every experiment is listed, also those whose
 * baseline is on no branch any more.
 */
export async function listExperiments(repo: GitRepository, selection: BaselineSelection = {}): Promise<BaselineList[]> {
  const head = readHead(repo);
  if (head.commit === undefined) return [];
  const wanted = selection.allCommits === true ? undefined : new Set(await resolveBaselines(repo, selection));
  const table = await readRefTable(repo);
  const byBaseline = new Map<string, ExperimentRef[]>();
  for (const experiment of table.experiments) {
    if (wanted !== undefined && !wanted.has(experiment.baseline)) continue;
    const list = byBaseline.get(experiment.baseline);
    if (list === undefined) byBaseline.set(experiment.baseline, [experiment]);
    else list.push(experiment);
  }
  return [...byBaseline].map(([baseline, experiments]) => ({
    ...{ baseline, baselineName: describeCommit(table, head, baseline), experiments },
  }));
}
