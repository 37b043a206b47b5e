import { join, posix } from "node:path";
import { TrackerError } from "@waymark/core";
import { listTrackedPaths } from "@waymark/git";
import {
  checkoutOutputs,
  loadProject,
  lockFileOf,
  openDvcProject,
  type OutputSelection,
  withProjectLock,
} from "@waymark/pipeline";
import type { DataProgress } from "@waymark/store";
import { type Project, toRepositoryPath } from "../project.ts";
import { statNoFollow } from "../work-tree-paths.ts";
import { removeUntracked } from "./remove-files.ts";

/** What is to become of the data in a work tree of the pool. */
export interface SettleDataOptions {
  /** A former run has left files in it. */
  readonly isReused: boolean;
  /** All data is needed: nothing says which. */
  readonly needsAll: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
}

/**
 * Clears away what a former run left in a work tree, and has its data be what its commit records: what is there already
 * stays and is known, so that nothing is read again; the rest comes by links from the shared cache. Content that the
 * cache lacks is left for the run to fetch, or to miss.
 *
 * @param place - Its tracked files are those of the commit, its configuration is written.
 */
export async function settleData(place: Project, options: SettleDataOptions): Promise<void> {
  const { isReused, needsAll, signal, onProgress } = options;
  const below = toRepositoryPath(place.root, place.dvcRoot) ?? "";
  const inRepository = (path: string): string => posix.join(below, path);
  const own = [".dvc/config.local", ".dvc/tmp/waymark/state", ".dvc/tmp/btime"].map(inRepository);
  const dvc = openDvcProject(place.dvcRoot, place.repo.env, { repo: place.repo });
  try {
    const known = await listRecorded(dvc);
    const recorded = isReused ? withoutLeftovers(place, known, inRepository) : known;
    if (isReused) await removeUntracked(place.repo, [...own, ...recorded.map(({ out }) => inRepository(out.path))]);
    const wanted = recorded.filter(({ out }) => needsAll || statNoFollow(join(place.dvcRoot, out.path)) !== undefined);
    if (wanted.length === 0) return;
    await withProjectLock(dvc, async () => checkoutOutputs(dvc, wanted, { force: true, signal, onProgress }));
  } finally {
    await dvc.store.close();
  }
}

/**
 * Leaves out what files record that a former run has left: they are no part of the commit, and neither is their content,
 * which the next run would take for its own.
 */
function withoutLeftovers(
  { repo }: Project,
  recorded: readonly OutputSelection[],
  inRepository: (path: string) => string,
): readonly OutputSelection[] {
  const filesOf = ({ stage }: OutputSelection): readonly string[] =>
    [stage.file, lockFileOf(stage)].map((path) => inRepository(path));
  const tracked = listTrackedPaths(repo, [...new Set(recorded.flatMap(filesOf))]);
  return recorded.filter((selection) => filesOf(selection).every((path) => tracked.has(path)));
}

/** The outputs with recorded content; none in a project that cannot be read, which the run itself will tell. */
async function listRecorded(dvc: ReturnType<typeof openDvcProject>): Promise<readonly OutputSelection[]> {
  try {
    const { stages } = await loadProject(dvc);
    const selections = stages.flatMap((stage) => stage.outs.map((out) => ({ stage, out })));
    return selections.filter(({ out }) => out.isCached && out.hash !== null && isInside(out.path));
  } catch (error) {
    if (error instanceof TrackerError) return [];
    throw error;
  }
}

function isInside(path: string): boolean {
  return !path.startsWith("/") && !path.startsWith("../") && path !== ".." && !path.includes("://");
}
