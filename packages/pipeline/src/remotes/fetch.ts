import { readConfig, remoteConfig } from "@waymark/store";
import {
  canHoldRunCache,
  fetchManifests,
  fetchObjects,
  fetchRunCache,
  joinReports,
  type TransferReport,
} from "@waymark/store/remotes";
import { type DvcProject, withProjectLock } from "../project/dvc-project.ts";
import { fetchImports, isFromRepo } from "./fetch-imports.ts";
import type { StageOutput } from "../project/project.ts";
import { type FailedObject, type PlacedObject, placeFailure } from "./push.ts";
import {
  hasRemote,
  planRemoteWork,
  selectForRemotes,
  withOpenRemote,
  type RemoteScope,
  type RemoteWork,
  type SelectedOutputs,
} from "./remote-selection.ts";

/** Options of {@link fetchData}. */
export interface FetchOptions extends RemoteScope {
  /** Fetches the run cache, too. Default `false`. */
  readonly runCache?: boolean;
  /** Leaves out outputs that are recorded as larger. Default: no limit. */
  readonly maxSizeBytes?: number | undefined;
  /** Only outputs of these kinds. Default: all. */
  readonly kinds?: readonly ("metric" | "plot")[] | undefined;
}

/** What {@link fetchData} did. */
export interface FetchReport {
  /** Objects that came, without entries of the run cache. */
  readonly fetched: number;
  readonly failed: readonly FailedObject[];
  /** Whole outputs that are neither here nor at the remote. */
  readonly missing: readonly PlacedObject[];
  /** Revisions that could not be read and were left out. */
  readonly skipped: readonly string[];
  /** There is data to fetch and no remote to fetch it from. */
  readonly hasNoRemote: boolean;
}

/**
 * Brings what outputs are made of into the cache. The project is locked only while its files are read.
 *
 * @throws `RemoteNotFoundError`, and what makes a remote useless: wrong credentials, no connection, a full disk here.
 */
export async function fetchData(project: DvcProject, options: FetchOptions = {}): Promise<FetchReport> {
  const selected = await withProjectLock(project, async () => selectForRemotes(project, options, wanted(options)));
  return fetchSelected(project, selected, options);
}

/** Fetches outputs that are selected already; as {@link fetchData}. */
export async function fetchSelected(
  project: DvcProject,
  selected: SelectedOutputs,
  options: FetchOptions = {},
): Promise<FetchReport> {
  const { skipped } = selected;
  const imports = await fetchImports(project, selected.selections, options);
  const selections = selected.selections.filter(({ stage }) => !isFromRepo(stage));
  if (!hasRemote(project, options.remote) && selections.every(({ out }) => out.remote === undefined)) {
    return { ...imports, missing: [], skipped, hasNoRemote: selections.length > 0 || imports.fetched === 0 };
  }
  if (options.runCache === true) await fetchRuns(project, options);
  const reports: FetchReport[] = [];
  let fetchedManifests = 0;
  // What folders hold is in their manifests, and which part of it is wanted can be told only then.
  for (const work of planRemoteWork(project, selections, options.remote)) {
    if (work.incomplete.length === 0) continue;
    fetchedManifests += (await transfer(project, work, work.incomplete, options, true)).transferred;
  }
  for (const work of planRemoteWork(project, selections, options.remote)) {
    const report = await transfer(project, work, [...work.pathOf.keys()], options, false);
    reports.push(describe(work, report, skipped));
  }
  return {
    fetched: imports.fetched + fetchedManifests + reports.reduce((sum, report) => sum + report.fetched, 0),
    failed: [...imports.failed, ...reports.flatMap(({ failed }) => failed)],
    missing: reports.flatMap(({ missing }) => missing),
    skipped,
    hasNoRemote: false,
  };
}

async function transfer(
  project: DvcProject,
  work: RemoteWork,
  names: readonly string[],
  options: FetchOptions,
  isManifests: boolean,
): Promise<TransferReport> {
  const { jobs, signal, onProgress } = options;
  const lacking = names.filter((name) => !project.cache.has(name));
  // A remote that has nothing to give need not even be reached.
  if (lacking.length === 0) return joinReports([]);
  return withOpenRemote(project, work.config, options, async (remote) => {
    const fetch = isManifests ? fetchManifests : fetchObjects;
    return fetch(project.cache, remote, lacking, { isLegacy: work.isLegacy, jobs, signal, onProgress });
  });
}

/** A whole output that is nowhere is missing; a file that a folder at the remote promises has failed. */
function describe(work: RemoteWork, report: TransferReport, skipped: readonly string[]): FetchReport {
  const whole = new Set(work.groups.flatMap(({ contents }) => contents.map(({ md5 }) => md5)));
  const place = (name: string): PlacedObject => ({ name, path: work.pathOf.get(name) });
  const promised = report.missing.filter((name) => !whole.has(name));
  return {
    fetched: report.transferred,
    failed: [
      ...report.failed.map((failure) => placeFailure(failure, work.pathOf)),
      ...promised.map((name) => ({ ...place(name), error: undefined })),
    ],
    missing: report.missing.filter((name) => whole.has(name)).map(place),
    skipped,
    hasNoRemote: false,
  };
}

function wanted({ maxSizeBytes, kinds }: FetchOptions): (out: StageOutput) => boolean {
  return (out) => {
    if (maxSizeBytes !== undefined && (out.sizeBytes ?? 0) > maxSizeBytes) return false;
    return kinds === undefined || kinds.some((kind) => kind === out.role);
  };
}

async function fetchRuns(project: DvcProject, options: FetchOptions): Promise<void> {
  const config = remoteConfig(readConfig(project.dvcDir, project.env), options.remote);
  await withOpenRemote(project, config, options, async (remote) => {
    if (!canHoldRunCache(remote)) return;
    const { jobs, signal, onProgress } = options;
    const { failed } = await fetchRunCache(project.cache, remote, { jobs, signal, onProgress });
    const [first] = failed;
    if (first !== undefined) throw first.error;
  });
}
