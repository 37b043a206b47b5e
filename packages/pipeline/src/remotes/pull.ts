import { type CheckedOut, checkoutProject } from "../data/checkout-project.ts";
import { type DvcProject, loadProject, withProjectLock } from "../project/dvc-project.ts";
import { fetchData, type FetchOptions, type FetchReport } from "./fetch.ts";
import { restorePartialImports } from "./fetch-imports.ts";
import { selectOutputs } from "../data/select-outputs.ts";

/** Options of {@link pullData}. */
export interface PullOptions extends FetchOptions {
  /** Replaces and removes files of the workspace whose content is nowhere else. Default `false`. */
  readonly force?: boolean;
}

/** What {@link pullData} did. */
export interface PullReport {
  readonly fetched: FetchReport;
  /** `undefined` when not everything came: the workspace is as it was. */
  readonly checkedOut: CheckedOut | undefined;
}

/**
 * Fetches what the workspace records, and puts it there. Nothing is put there unless all of it came.
 *
 * @throws As `fetchData` and `checkoutProject`.
 */
export async function pullData(project: DvcProject, options: PullOptions = {}): Promise<PullReport> {
  const fetched = await fetchData(project, options);
  if (fetched.failed.length > 0) return { fetched, checkedOut: undefined };
  const { targets, withDeps, isRecursive, force, signal } = options;
  return withProjectLock(project, async () => {
    const scope = { withDeps: withDeps ?? false, isRecursive: isRecursive ?? false };
    const checkedOut = await checkoutProject(project, {
      ...(targets === undefined ? {} : { targets }),
      ...{ ...scope, force: force ?? false, signal },
    });
    const { stages } = await loadProject(project);
    const added = await restorePartialImports(project, selectOutputs(project, stages, targets ?? [], scope), options);
    return { fetched, checkedOut: addPartialImports(checkedOut, added) };
  });
}

function addPartialImports(done: CheckedOut, added: readonly string[]): CheckedOut {
  if (added.length === 0) return done;
  const files = { ...done.files, added: done.files.added + added.length };
  return { ...done, added: [...done.added, ...added].toSorted(), files };
}
