import { readConfig, remoteConfig } from "@waymark/store";
import { fetchManifests } from "@waymark/store/remotes";
import { type DvcProject, withProjectLock } from "../project/dvc-project.ts";
import { planRemoteWork, selectForRemotes, withOpenRemote, type RemoteScope } from "./remote-selection.ts";
import { relativeTo } from "../project/stage-address.ts";

/** How an object here compares with the remote: only there, only here, or in neither place. */
export type CloudWord = "deleted" | "new" | "missing";

/** What {@link collectCloudStatus} found. */
export interface CloudStatus {
  /** Objects that are not in both places: path of what they hold, seen from the current folder. */
  readonly differences: readonly { readonly path: string; readonly word: CloudWord }[];
  /** Name of the remote that was asked. */
  readonly remote: string;
  /** Revisions that could not be read and were left out. */
  readonly skipped: readonly string[];
}

const ORDER: readonly CloudWord[] = ["deleted", "new", "missing"];

/**
 * Compares the cache with remotes. As with DVC the list of files of a folder comes along when only the remote has it.
 *
 * @throws `NoRemoteError`, `RemoteNotFoundError`, errors of remotes.
 */
export async function collectCloudStatus(project: DvcProject, options: RemoteScope = {}): Promise<CloudStatus> {
  const selected = await withProjectLock(project, async () =>
    selectForRemotes(project, options, (out) => out.isPushed),
  );
  const { jobs, signal } = options;
  const named = remoteConfig(readConfig(project.dvcDir, project.env), options.remote).name;
  for (const work of planRemoteWork(project, selected.selections, options.remote)) {
    if (work.incomplete.length === 0) continue;
    await withOpenRemote(project, work.config, options, async (remote) =>
      fetchManifests(project.cache, remote, work.incomplete, { isLegacy: work.isLegacy, jobs, signal }),
    );
  }
  const words = new Map<string, CloudWord>();
  for (const work of planRemoteWork(project, selected.selections, options.remote)) {
    await withOpenRemote(project, work.config, options, async (opened) => {
      const remote = work.isLegacy ? opened.legacy : opened;
      const there = await remote.has(work.pathOf.keys(), { jobs, signal });
      for (const [name, path] of work.pathOf) {
        const word = compare(project.cache.has(name), there.has(name));
        if (word !== undefined) words.set(path, word);
      }
    });
  }
  const differences = [...words].map(([path, word]) => ({ path: relativeTo(project.folder, path), word }));
  return {
    differences: ORDER.flatMap((word) => differences.filter((difference) => difference.word === word)),
    remote: named,
    skipped: selected.skipped,
  };
}

function compare(isHere: boolean, isThere: boolean): CloudWord | undefined {
  if (isHere) return isThere ? undefined : "new";
  return isThere ? "deleted" : "missing";
}
