import { type MergedConfig, readConfig, remoteConfig, type RemoteConfig } from "@waymark/store";
import { type ObjectRemote, openRemote, type OpenRemoteOptions, type TransferProgress } from "@waymark/store/remotes";
import type { DvcProject } from "../project/dvc-project.ts";
import type { StageOutput } from "../project/project.ts";
import type { RevisionScope } from "../project/revision-scope.ts";
import { loadScopedStages } from "../project/scoped-stages.ts";
import { selectOutputs } from "../data/select-outputs.ts";
import { collectUsedObjects, type OutputSelection, type UsedGroup } from "../data/used-objects.ts";

/** What a command that talks to remotes is about. */
export interface RemoteScope extends OpenRemoteOptions {
  /** Relative to the current folder. Default: everything. */
  readonly targets?: readonly string[];
  /** Commits to look at beside the workspace. Default: none. */
  readonly scope?: RevisionScope;
  readonly withDeps?: boolean;
  readonly isRecursive?: boolean;
  /** The remote for outputs that are bound to none; outputs bound to another are left out. Default: `core.remote`. */
  readonly remote?: string | undefined;
  /** Transfers at once. Default: 4 for each processor. */
  readonly jobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Outputs that a command is about. */
export interface SelectedOutputs {
  readonly selections: readonly OutputSelection[];
  /** Revisions whose files could not be read, by name; they were left out. */
  readonly skipped: readonly string[];
}

/**
 * Selects the outputs of the workspace and of commits. A revision that cannot be read, or that does not have a target,
 * is left out as long as another one has it.
 *
 * @param isWanted - Leaves out outputs of which it is false. Default: takes all.
 * @throws What the workspace's files, or the targets, throw when no revision could be read.
 */
export async function selectForRemotes(
  project: DvcProject,
  options: RemoteScope,
  isWanted: (out: StageOutput) => boolean = () => true,
): Promise<SelectedOutputs> {
  const selections: OutputSelection[] = [];
  const skipped: string[] = [];
  let failure: { readonly error: unknown } | undefined;
  let isAnyRead = false;
  for (const loaded of await loadScopedStages(project, options.scope ?? {})) {
    try {
      if ("error" in loaded) throw loaded.error;
      selections.push(...selectOutputs(project, loaded.stages, options.targets ?? [], options));
      isAnyRead = true;
    } catch (error) {
      failure ??= { error };
      skipped.push(loaded.label);
    }
  }
  if (!isAnyRead && failure !== undefined) throw failure.error;
  const isBoundElsewhere = ({ remote }: StageOutput): boolean =>
    options.remote !== undefined && remote !== undefined && remote.toLowerCase() !== options.remote.toLowerCase();
  return {
    selections: selections.filter(({ out }) => isWanted(out) && !isBoundElsewhere(out)),
    skipped,
  };
}

/** The objects of one layout that go to, or come from, one remote. */
export interface RemoteWork {
  readonly config: RemoteConfig;
  readonly isLegacy: boolean;
  readonly groups: readonly UsedGroup[];
  /** Where each object is used, relative to the project: the first place that is known. */
  readonly pathOf: ReadonlyMap<string, string>;
  /** Manifests that are not here, so that nobody knows their files. */
  readonly incomplete: readonly string[];
}

/**
 * Sorts used objects by the remote they belong to, the oldest layout apart.
 *
 * @throws `NoRemoteError`, `RemoteNotFoundError`
 */
export function planRemoteWork(
  project: DvcProject,
  selections: readonly OutputSelection[],
  remote: string | undefined,
): readonly RemoteWork[] {
  const { groups } = collectUsedObjects(project.cache, selections);
  const config = readConfig(project.dvcDir, project.env);
  const works = new Map<string, { config: RemoteConfig; isLegacy: boolean; groups: UsedGroup[] }>();
  for (const group of groups) {
    for (const isLegacy of [false, true]) {
      const contents = group.contents.filter((content) => content.isLegacy === isLegacy);
      if (contents.length === 0) continue;
      const found = remoteConfig(config, group.remote ?? remote);
      const key = `${found.name}\0${isLegacy}`;
      const work = works.get(key) ?? { config: found, isLegacy, groups: [] };
      works.set(key, work);
      work.groups.push({ ...group, contents });
    }
  }
  return [...works.values()].map((work) => ({ ...work, ...indexContents(work.groups) }));
}

/** Tells whether a remote is named, or is the default one. */
export function hasRemote(project: DvcProject, remote: string | undefined): boolean {
  const config: MergedConfig = readConfig(project.dvcDir, project.env);
  return remote !== undefined || config.defaultRemote !== undefined;
}

/** Opens a remote for as long as some work takes. */
export async function withOpenRemote<T>(
  project: DvcProject,
  config: RemoteConfig,
  options: OpenRemoteOptions,
  work: (remote: ObjectRemote) => Promise<T>,
): Promise<T> {
  const remote = await openRemote(config, project.env, options);
  try {
    return await work(remote);
  } finally {
    await remote.close();
  }
}

function indexContents(groups: readonly UsedGroup[]): Pick<RemoteWork, "pathOf" | "incomplete"> {
  const pathOf = new Map<string, string>();
  const incomplete: string[] = [];
  for (const content of groups.flatMap(({ contents }) => contents)) {
    if (!pathOf.has(content.md5)) pathOf.set(content.md5, content.path);
    for (const { md5, relpath } of content.files) if (!pathOf.has(md5)) pathOf.set(md5, `${content.path}/${relpath}`);
    if (content.isIncomplete) incomplete.push(content.md5);
  }
  return { pathOf, incomplete };
}
