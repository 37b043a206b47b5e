import { readConfig, remoteConfig } from "@waymark/store";
import { openRemote } from "@waymark/store/remotes";
import type { RemoteEntry } from "../data/data-status.ts";
import type { DvcProject } from "../project/dvc-project.ts";

/** Options of {@link findMissingInRemotes}. */
export interface FindMissingOptions {
  /** The remote for outputs that are bound to none; `undefined`: the default one. */
  readonly remote?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out which objects the remotes lack that they belong to.
 *
 * @returns Their names.
 * @throws `NoRemoteError`, errors of remotes.
 */
export async function findMissingInRemotes(
  project: DvcProject,
  entries: readonly RemoteEntry[],
  options: FindMissingOptions = {},
): Promise<ReadonlySet<string>> {
  const config = readConfig(project.dvcDir, project.env);
  const missing = new Set<string>();
  for (const name of new Set(entries.map((entry) => entry.remote))) {
    const remote = await openRemote(remoteConfig(config, name ?? options.remote), project.env);
    try {
      for (const isLegacy of [false, true]) {
        const names = entries
          .filter((entry) => entry.remote === name && entry.isLegacy === isLegacy)
          .map(({ md5 }) => md5);
        if (names.length === 0) continue;
        const present = await (isLegacy ? remote.legacy : remote).has(names, { signal: options.signal });
        for (const md5 of names) if (!present.has(md5)) missing.add(md5);
      }
    } finally {
      await remote.close();
    }
  }
  return missing;
}
