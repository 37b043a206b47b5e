import { TrackerError } from "@waymark/core";
import { readConfig, remoteConfig, type RemoteConfig } from "@waymark/store";
import { defaultJobs, forEachLimited, openRemote, type ObjectRemote } from "@waymark/store/remotes";
import type { DvcProject } from "../project/dvc-project.ts";
import { listObjects, removeObjects, type CacheObject } from "./cache-objects.ts";
import { loadScopedStages, RevisionUnreadableError } from "../project/scoped-stages.ts";
import type { RevisionScope } from "../project/revision-scope.ts";
import { selectOutputs } from "./select-outputs.ts";
import { collectUsedObjects, objectNames, type OutputSelection, type UsedGroup } from "./used-objects.ts";

/** Folders whose files nobody can tell, so that removing anything might take them. */
export class IncompleteFoldersError extends TrackerError {
  override readonly code = "INCOMPLETE_FOLDERS";
  readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    const shown = paths.slice(0, 10).map((path) => `  ${path}`);
    if (paths.length > 10) shown.push(`  and ${paths.length - 10} more`);
    super(
      `The cache lacks the list of files of these folders, which might be among what is removed\n${shown.join("\n")}`,
      {
        hint: "Fetch them first (`waymark fetch`), or pass `--force` to go on without.",
      },
    );
    this.paths = paths;
  }
}

/** What stays beside what is chosen. */
export interface KeptData {
  /** Full ids of commits whose data stays. */
  readonly commits: readonly string[];
  /** Names of objects. */
  readonly objects: readonly string[];
}

/** Options of {@link planGarbage}. */
export interface GarbageOptions {
  /** Commits whose data stays, beside that of the workspace. */
  readonly scope?: RevisionScope;
  /** Other projects that use the same cache or remote: what is in their scope stays, too. */
  readonly others?: readonly DvcProject[];
  /**
   * Finds what else stays of a project. Asked after the cache was listed: what a run stores from then on is not in
   * danger.
   */
  readonly findKept?: (project: DvcProject) => Promise<KeptData>;
  /** Leaves revisions out whose files cannot be read, instead of failing. Default `false`. */
  readonly skipFailed?: boolean;
  /** Goes on when folders are incomplete. Default `false`. */
  readonly force?: boolean;
  /** Collects in remotes, too. Default `false`. */
  readonly inRemotes?: boolean;
  /** Keeps of what is used only what the remote lacks. Default `false`. */
  readonly onlyNotInRemote?: boolean;
  /** The remote for outputs that are bound to none; `undefined`: the default one. */
  readonly remote?: string | undefined;
  /** Requests at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is to go from one remote. */
export interface RemoteGarbage {
  readonly config: RemoteConfig;
  readonly current: readonly string[];
  readonly legacy: readonly string[];
}

/** What {@link removePlanned} removes. */
export interface GarbagePlan {
  readonly objects: readonly CacheObject[];
  readonly remotes: readonly RemoteGarbage[];
  /** Revisions that were left out. */
  readonly skipped: readonly string[];
}

/**
 * Finds out what the cache, and remotes, hold that nothing in scope needs.
 *
 * @throws {@link RevisionUnreadableError}, {@link IncompleteFoldersError}, errors of remotes.
 */
export async function planGarbage(project: DvcProject, options: GarbageOptions = {}): Promise<GarbagePlan> {
  const listed = listObjects(project.cache.cacheDir);
  const skipped: string[] = [];
  const groups: UsedGroup[] = [];
  const kept = new Set<string>();
  for (const each of [...(options.others ?? []), project]) {
    const { commits, objects } = (await options.findKept?.(each)) ?? { commits: [], objects: [] };
    for (const name of objects) kept.add(name);
    groups.push(...(await collectGroups(each, { ...options.scope, commits }, project, options, skipped)));
  }
  const needed = options.onlyNotInRemote === true ? await subtractPresent(project, groups, options) : neededOf(groups);
  const objects = listed.filter(
    ({ name, isLegacy }) => !kept.has(name) && !(isLegacy ? needed.legacy : needed.current).has(name),
  );
  const remotes = options.inRemotes === true ? await planRemotes(project, groups, kept, options) : [];
  return { objects: manifestsFirst(objects, ({ name }) => name), remotes, skipped };
}

/** Removes what was planned: manifests of folders first, here and in remotes. */
export async function removePlanned(
  project: DvcProject,
  plan: GarbagePlan,
  options: GarbageOptions = {},
): Promise<void> {
  removeObjects(plan.objects);
  for (const { config, current, legacy } of plan.remotes) {
    await withRemote(project, config, async (remote) => {
      await removeNames(remote, current, options);
      await removeNames(remote.legacy, legacy, options);
    });
  }
}

async function collectGroups(
  each: DvcProject,
  scope: RevisionScope,
  project: DvcProject,
  options: GarbageOptions,
  skipped: string[],
): Promise<readonly UsedGroup[]> {
  const selections: OutputSelection[] = [];
  for (const loaded of await loadScopedStages(each, scope)) {
    if (!("error" in loaded)) selections.push(...selectOutputs(each, loaded.stages, []));
    else if (options.skipFailed === true) skipped.push(loaded.label);
    else throw new RevisionUnreadableError(loaded.label, loaded.error);
  }
  const { groups } = collectUsedObjects(project.cache, selections, { includeImported: true });
  const incomplete = groups.flatMap(({ contents }) => contents.filter(({ isIncomplete }) => isIncomplete));
  if (incomplete.length > 0 && options.force !== true) {
    throw new IncompleteFoldersError([...new Set(incomplete.map(({ path }) => path))]);
  }
  return groups;
}

/** Names of objects that are needed, of each layout. */
interface NeededObjects {
  readonly current: ReadonlySet<string>;
  readonly legacy: ReadonlySet<string>;
}

function neededOf(groups: readonly UsedGroup[]): NeededObjects {
  const contents = groups.flatMap((group) => group.contents);
  const names = (isLegacy: boolean): ReadonlySet<string> =>
    new Set(contents.filter((content) => content.isLegacy === isLegacy).flatMap(objectNames));
  return { current: names(false), legacy: names(true) };
}

function joinNeeded(parts: readonly NeededObjects[]): NeededObjects {
  return {
    current: new Set(parts.flatMap(({ current }) => [...current])),
    legacy: new Set(parts.flatMap(({ legacy }) => [...legacy])),
  };
}

/** The used objects of each remote: those of outputs bound to it, and of all others at the chosen or default one. */
function byRemote(
  project: DvcProject,
  groups: readonly UsedGroup[],
  options: GarbageOptions,
): readonly { readonly config: RemoteConfig; readonly needed: NeededObjects }[] {
  const config = readConfig(project.dvcDir, project.env);
  const fallback = remoteConfig(config, options.remote);
  const found = new Map([[fallback.name, { config: fallback, groups: [] as UsedGroup[] }]]);
  for (const group of groups) {
    const remote = group.remote === undefined ? fallback : remoteConfig(config, group.remote);
    const known = found.get(remote.name) ?? { config: remote, groups: [] };
    known.groups.push(group);
    found.set(remote.name, known);
  }
  return [...found.values()].map(({ config: remote, groups: own }) => ({ config: remote, needed: neededOf(own) }));
}

async function subtractPresent(
  project: DvcProject,
  groups: readonly UsedGroup[],
  options: GarbageOptions,
): Promise<NeededObjects> {
  const parts: NeededObjects[] = [];
  for (const { config, needed } of byRemote(project, groups, options)) {
    await withRemote(project, config, async (remote) => {
      const lacking = async (from: ObjectRemote, names: ReadonlySet<string>): Promise<ReadonlySet<string>> => {
        const present = await from.has(names, { jobs: options.jobs, signal: options.signal });
        return new Set([...names].filter((name) => !present.has(name)));
      };
      const current = await lacking(remote, needed.current);
      parts.push({ current, legacy: await lacking(remote.legacy, needed.legacy) });
    });
  }
  return joinNeeded(parts);
}

async function planRemotes(
  project: DvcProject,
  groups: readonly UsedGroup[],
  kept: ReadonlySet<string>,
  options: GarbageOptions,
): Promise<readonly RemoteGarbage[]> {
  const plans: RemoteGarbage[] = [];
  for (const { config, needed } of byRemote(project, groups, options)) {
    await withRemote(project, config, async (remote) => {
      const surplus = async (from: ObjectRemote, names: ReadonlySet<string>): Promise<readonly string[]> => {
        const found: string[] = [];
        for await (const name of from.listAll(options.signal))
          if (!names.has(name) && !kept.has(name)) found.push(name);
        return manifestsFirst(found.toSorted(), (name) => name);
      };
      plans.push({
        config,
        current: await surplus(remote, needed.current),
        legacy: await surplus(remote.legacy, needed.legacy),
      });
    });
  }
  return plans;
}

/** One whose files are gone would be taken for complete. */
function manifestsFirst<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  const isManifest = (item: T): boolean => nameOf(item).endsWith(".dir");
  return [...items.filter(isManifest), ...items.filter((item) => !isManifest(item))];
}

async function removeNames(remote: ObjectRemote, names: readonly string[], options: GarbageOptions): Promise<void> {
  const jobs = options.jobs ?? remote.jobs ?? defaultJobs();
  const manifests = names.filter((name) => name.endsWith(".dir"));
  const files = names.filter((name) => !name.endsWith(".dir"));
  for (const part of [manifests, files]) {
    await forEachLimited(part, jobs, async (name) => remote.remove(name, options.signal), options.signal);
  }
}

async function withRemote(
  project: DvcProject,
  config: RemoteConfig,
  work: (remote: ObjectRemote) => Promise<void>,
): Promise<void> {
  const remote = await openRemote(config, project.env);
  try {
    await work(remote);
  } finally {
    await remote.close();
  }
}
