import { compareValues, type ValueChanges } from "./compare-values.ts";
import type { ContentView } from "../project/content-view.ts";
import type { Readable } from "../errors.ts";
import type { FigureProject } from "../figures/figure-project.ts";
import { nameRevision, WORKSPACE, type NamedRevision } from "../figures/named-revisions.ts";
import { joinProjectPath } from "../project/posix-path.ts";
import type { RevisionReader, RevisionView } from "../project/revision.ts";
import { failedRevisions, readRevisionValues, valuesOf } from "../figures/revision-values.ts";

/** What `params diff` and `metrics diff` compare. */
export interface ValuesDiffOptions {
  /** Older revision. Default `HEAD`. */
  readonly from?: string;
  /** Newer revision. Default the workspace. */
  readonly to?: string;
  /** Files and folders to compare whole, relative to the current folder. Default: what the project tracks. */
  readonly targets?: readonly string[];
  /** Lists what is the same, too. Default `false`. */
  readonly withUnchanged?: boolean;
}

/** Options of {@link diffParams}. */
export interface ParamsDiffOptions extends ValuesDiffOptions {
  /** Only params that stages depend on. Default `false`. */
  readonly onlyStageParams?: boolean;
}

/** Two revisions compared. Paths are relative to the project. */
export interface ValuesDiff {
  readonly changes: ValueChanges;
  /** Revisions of which something could not be read: it counts as missing. */
  readonly failed: readonly string[];
}

/**
 * Compares params of two revisions. Without any commit there is nothing to compare.
 *
 * @throws `RevisionNotFoundError`, `NoGitError`
 */
export function diffParams(project: FigureProject, options: ParamsDiffOptions = {}): Promise<ValuesDiff> {
  const onlyStageParams = options.onlyStageParams ?? false;
  return diffValues(project, options, async (reader, view) => {
    const targets = await Promise.all(
      (options.targets ?? []).map((target) => findParamsFile(view.content, project.folder, target)),
    );
    return reader.readParams(view, { targets, onlyStageParams });
  });
}

/** DVC takes targets of params from the root of the project, and those of metrics from the current folder. */
async function findParamsFile(content: ContentView, folder: string, target: string): Promise<string> {
  const [fromHere, fromRoot] = [joinProjectPath(folder, target), joinProjectPath("", target)];
  return (await content.kind(fromHere)) === undefined && (await content.kind(fromRoot)) !== undefined
    ? fromRoot
    : fromHere;
}

/**
 * Compares metrics of two revisions. Without any commit there is nothing to compare.
 *
 * @throws `RevisionNotFoundError`, `NoGitError`
 */
export function diffMetrics(project: FigureProject, options: ValuesDiffOptions = {}): Promise<ValuesDiff> {
  const targets = (options.targets ?? []).map((target) => joinProjectPath(project.folder, target));
  return diffValues(project, options, (reader, view) => reader.readMetrics(view, { targets }));
}

async function diffValues(
  project: FigureProject,
  options: ValuesDiffOptions,
  read: (reader: RevisionReader, view: RevisionView) => Promise<ReadonlyMap<string, Readable<unknown>>>,
): Promise<ValuesDiff> {
  if (project.repo !== undefined && project.repo.headCommit === undefined) return { changes: new Map(), failed: [] };
  const { from = "HEAD", to = WORKSPACE, withUnchanged = false } = options;
  const revisions: readonly NamedRevision[] = await Promise.all([
    nameRevision(project, from),
    nameRevision(project, to),
  ]);
  const values = await readRevisionValues(project, revisions, read);
  return {
    changes: compareValues(valuesOf(values, from), valuesOf(values, to), withUnchanged),
    failed: failedRevisions(values),
  };
}
