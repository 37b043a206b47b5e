import {
  canHoldRunCache,
  pushObjects,
  pushRunCache,
  type TransferFailure,
  type TransferReport,
} from "@waymark/store/remotes";
import { readConfig, remoteConfig } from "@waymark/store";
import { type DvcProject, withProjectLock } from "../project/dvc-project.ts";
import {
  planRemoteWork,
  selectForRemotes,
  withOpenRemote,
  type RemoteScope,
  type RemoteWork,
} from "./remote-selection.ts";

/** Options of {@link pushData}. */
export interface PushOptions extends RemoteScope {
  /** Sends the run cache, too. Default `false`. */
  readonly runCache?: boolean;
}

/** An object with the place it is used at. */
export interface PlacedObject {
  /** Name of the object, or of an entry of the run cache. */
  readonly name: string;
  /** Relative to the project; `undefined` where nobody knows. */
  readonly path: string | undefined;
}

/** An object that could not travel. */
export interface FailedObject extends PlacedObject {
  readonly error: unknown;
}

/** What {@link pushData} did. */
export interface PushReport {
  /** Objects, and entries of the run cache, that were sent. */
  readonly pushed: number;
  readonly failed: readonly FailedObject[];
  /** Objects that are neither here nor at the remote. */
  readonly missing: readonly PlacedObject[];
  /** Revisions that could not be read and were left out. */
  readonly skipped: readonly string[];
}

/**
 * Sends what outputs are made of to the remotes they belong to. Outputs with `push: false`, and imports from other
 * repositories, stay.
 *
 * The project is locked only while its files are read: what is sent does not change.
 *
 * @throws `NoRemoteError`, `RemoteNotFoundError`, and what makes a remote useless: wrong credentials, no connection.
 */
export async function pushData(project: DvcProject, options: PushOptions = {}): Promise<PushReport> {
  const { skipped, works } = await withProjectLock(project, async () => {
    const selected = await selectForRemotes(project, options, (out) => out.isPushed);
    return { skipped: selected.skipped, works: planRemoteWork(project, selected.selections, options.remote) };
  });
  let pushed = options.runCache === true ? await pushRuns(project, options) : 0;
  const failed: FailedObject[] = [];
  const missing: PlacedObject[] = [];
  for (const work of works) {
    const report = await pushWork(project, work, options);
    pushed += report.transferred;
    failed.push(...report.failed.map((failure) => placeFailure(failure, work.pathOf)));
    missing.push(...report.missing.map((name) => ({ name, path: work.pathOf.get(name) })));
  }
  return { pushed, failed, missing, skipped };
}

/** Adds the place to an object that could not travel. */
export function placeFailure(failure: TransferFailure, pathOf: ReadonlyMap<string, string>): FailedObject {
  return { ...failure, path: pathOf.get(failure.name) };
}

async function pushWork(project: DvcProject, work: RemoteWork, options: PushOptions): Promise<TransferReport> {
  const { jobs, signal, onProgress } = options;
  const names = [...work.pathOf.keys()];
  return withOpenRemote(project, work.config, options, async (remote) =>
    pushObjects(project.cache, remote, names, { isLegacy: work.isLegacy, jobs, signal, onProgress }),
  );
}

async function pushRuns(project: DvcProject, options: PushOptions): Promise<number> {
  const config = remoteConfig(readConfig(project.dvcDir, project.env), options.remote);
  return withOpenRemote(project, config, options, async (remote) => {
    // As DVC: an HTTP server cannot hold it, and nobody is told.
    if (!canHoldRunCache(remote)) return 0;
    const { jobs, signal, onProgress } = options;
    const { transferred, failed } = await pushRunCache(project.cache, remote, { jobs, signal, onProgress });
    const [first] = failed;
    if (first !== undefined) throw first.error;
    return transferred;
  });
}
