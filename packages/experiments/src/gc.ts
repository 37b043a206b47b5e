import { type GitRepository, ObjectReader, parseCommit } from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "./baselines.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { parseQuery } from "./query/parse-query.ts";
import type { Project } from "./project.ts";
import { readRefTable } from "./ref-table.ts";
import { narrowExperiments } from "./select-experiments.ts";

/** What a clean-up keeps: whatever one of these names. */
export interface GcScope {
  /** Experiments of these commits; `undefined` for none. */
  readonly baselines: BaselineSelection | undefined;
  /** Experiments that match this query, whatever they started from. */
  readonly where?: string | undefined;
  /** Experiments of commits that were made then or later. */
  readonly since?: Date | undefined;
}

/** What a clean-up takes away, and what it leaves. */
export interface GcPlan {
  readonly removed: readonly ExperimentRef[];
  readonly kept: readonly ExperimentRef[];
}

/**
 * Finds the experiments that a clean-up takes away: all that nothing in the scope names.
 *
 * @throws `InvalidQueryError`, `RevisionNotFoundError`.
 */
export async function planGc(project: Project, { baselines, where, since }: GcScope): Promise<GcPlan> {
  if (where !== undefined) parseQuery(where);
  const table = await readRefTable(project.repo);
  const commits = new Set(baselines === undefined ? [] : await resolveBaselines(project.repo, baselines));
  const recent = since === undefined ? new Set() : await listSince(project.repo, table.experiments, since);
  const others = table.experiments.filter(({ baseline }) => !commits.has(baseline) && !recent.has(baseline));
  const matching = where === undefined ? [] : await narrowExperiments(project, table, others, { where });
  const spared = new Set(matching.map(({ ref }) => ref));
  const removed = others.filter(({ ref }) => !spared.has(ref));
  const gone = new Set(removed.map(({ ref }) => ref));
  return { removed, kept: table.experiments.filter(({ ref }) => !gone.has(ref)) };
}

/** Lists the baselines that were committed at a moment or later. */
async function listSince(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  since: Date,
): Promise<ReadonlySet<string>> {
  const reader = new ObjectReader(repo);
  try {
    const baselines = [...new Set(experiments.map(({ baseline }) => baseline))];
    const objects = await Promise.all(baselines.map(async (baseline) => reader.read(baseline)));
    const recent = baselines.filter((_, index) => {
      const object = objects[index];
      const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
      return commit !== undefined && commit.committer.timeSeconds * 1000 >= since.getTime();
    });
    return new Set(recent);
  } finally {
    await reader.close();
  }
}
