import { type GitRepository, readObjectFacts } from "@waymark/git";
import { findUnreachable } from "./baselines.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { listExperimentRefs } from "./experiments.ts";

/** Experiments whose baseline is on no branch or tag any more, because it was amended, rebased or squashed. */
export interface OrphanedBaseline {
  readonly baseline: string;
  /** In the order of their refs. */
  readonly experiments: readonly ExperimentRef[];
  /** The commit itself is not in this repository: the experiments were fetched without it. */
  readonly isMissing: boolean;
}

/**
 * Finds baselines that neither HEAD nor a branch, a tag or a remote's branch leads to. Two processes answer for all.
 *
 * @param experiments - Default: all of the repository.
 */
export async function listOrphanedBaselines(
  repo: GitRepository,
  experiments?: readonly ExperimentRef[],
): Promise<OrphanedBaseline[]> {
  const groups = new Map<string, ExperimentRef[]>();
  for (const experiment of experiments ?? (await listExperimentRefs(repo))) {
    const group = groups.get(experiment.baseline);
    if (group === undefined) groups.set(experiment.baseline, [experiment]);
    else group.push(experiment);
  }
  if (groups.size === 0) return [];
  const facts = await readObjectFacts(repo, [...groups.keys()]);
  const here = new Set(facts.flatMap((fact) => (fact?.type === "commit" ? [fact.id] : [])));
  const lost = await findUnreachable(repo, here);
  return [...groups].flatMap(([baseline, group]): OrphanedBaseline[] => {
    const isMissing = !here.has(baseline);
    return isMissing || lost.has(baseline) ? [{ baseline, experiments: group, isMissing }] : [];
  });
}
