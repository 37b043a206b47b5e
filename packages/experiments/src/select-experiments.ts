import { readHead } from "@waymark/git";
import { type BaselineSelection, resolveBaselines } from "./baselines.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { requireExperiments } from "./find-experiment.ts";
import type { Project } from "./project.ts";
import { isSelective, parseSelection, type RowSelection, selectionFields, selectRows } from "./query/select-rows.ts";
import { readRefTable, type RefTable } from "./ref-table.ts";

/** Which experiments a command is about. */
export interface ExperimentSelection extends RowSelection {
  /** Names or full refs; they go before `baselines`. */
  readonly names?: readonly string[] | undefined;
  /** Commits whose experiments are meant when no names are given. Default: those of HEAD. */
  readonly baselines?: BaselineSelection | undefined;
  /** Takes every experiment of the repository but the selected ones, whatever it started from. Default false. */
  readonly keep?: boolean | undefined;
}

/**
 * Finds the experiments that are meant, in the order of names, of `sortBy`, or else of their refs.
 *
 * Refs take one process, and the commits of those in question one more where the query asks for what they hold.
 *
 * @throws `ExperimentsNotFoundError` naming every unknown name, `AmbiguousExperimentError`, `InvalidQueryError`,
 *   `UnknownColumnError`, `RevisionNotFoundError`.
 */
export async function selectExperiments(
  project: Project,
  selection: ExperimentSelection = {},
): Promise<ExperimentRef[]> {
  // A query that cannot be read fails before anything else is looked at.
  parseSelection(selection);
  return selectFromRefs(project, await readRefTable(project.repo), selection);
}

/** As {@link selectExperiments}, of refs that were read already. */
export async function selectFromRefs(
  project: Project,
  table: RefTable,
  selection: ExperimentSelection,
): Promise<ExperimentRef[]> {
  const candidates = await findCandidates(project, table, selection);
  const selected = await narrowExperiments(project, table, candidates, selection);
  if (selection.keep !== true) return [...selected];
  const kept = new Set(selected.map(({ ref }) => ref));
  return table.experiments.filter(({ ref }) => !kept.has(ref));
}

/**
 * Takes those of some experiments that a query asks for, in its order. Their commits must be here.
 *
 * @param table - Where labels and names of commits are looked up: that of this repository, or one made of a remote's refs.
 * @throws As {@link selectExperiments}.
 */
export async function narrowExperiments(
  project: Project,
  table: RefTable,
  candidates: readonly ExperimentRef[],
  selection: RowSelection,
): Promise<readonly ExperimentRef[]> {
  if (!isSelective(selection)) return candidates;
  const query = parseSelection(selection);
  // Most listings ask for nothing, and what reads commits takes longer to load than all of theirs.
  const { readQueryRows } = await import("./query/read-query-rows.ts");
  const rows = await readQueryRows(project, table, candidates, selectionFields(selection, query));
  return selectRows(rows, selection, query).map(({ experiment }) => experiment);
}

async function findCandidates(
  { repo }: Project,
  table: RefTable,
  { names = [], baselines = {} }: ExperimentSelection,
): Promise<ExperimentRef[]> {
  const head = readHead(repo).commit;
  if (names.length > 0) return requireExperiments(names, table.experiments, head);
  // Also those whose baseline is on no branch any more.
  if (baselines.allCommits === true) return [...table.experiments];
  if (head === undefined && baselines.revisions === undefined) return [];
  const wanted = new Set(await resolveBaselines(repo, baselines));
  return table.experiments.filter(({ baseline }) => wanted.has(baseline));
}
