import { posix } from "node:path";
import { compareCodePoints } from "@waymark/core";
import { runGit, withoutOwnFilters } from "@waymark/git";
import { cachedOutputs, DataIndex, type DataEntry } from "./data-index.ts";
import { diffData, type DataChange } from "./data-diff.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { isAtOrBelow, joinProjectPath } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { loadScopedStages, projectPrefix } from "../project/scoped-stages.ts";
import { relativeTo } from "../project/stage-address.ts";
import { hashOutputs, type HashOutputsOptions } from "./workspace-contents.ts";

/** Paths of data by what happened to them; relative to the project, folders end in `/`. */
export interface DataChanges {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  readonly renamed: readonly { readonly old: string; readonly new: string }[];
  /** In folders whose manifest is not in the cache. */
  readonly unknown: readonly string[];
}

/** What `data status` tells. */
export interface DataStatus {
  readonly notInCache: readonly string[];
  readonly notInRemote: readonly string[];
  /** HEAD against the `.dvc` and lock files of the workspace. */
  readonly committed: DataChanges;
  /** Those files against the data itself. */
  readonly uncommitted: DataChanges;
  /** Files that neither tool tracks, relative to the current folder. */
  readonly untracked: readonly string[];
  readonly unchanged: readonly string[];
  /** `undefined` without Git. */
  readonly git: { readonly isEmpty: boolean; readonly isDirty: boolean } | undefined;
}

/** Options of {@link collectDataStatus}. */
export interface DataStatusOptions extends HashOutputsOptions {
  /** Only what is at or below these paths, relative to the current folder. Default: everything. */
  readonly targets?: readonly string[];
  /** Looks into folders file by file. Default `false`. */
  readonly isGranular?: boolean;
  /** Lists files that neither tool tracks. Default `false`. */
  readonly withUntracked?: boolean;
  /** Tells which of these objects a remote lacks; left out: no remote is asked. */
  readonly findMissing?: (entries: readonly RemoteEntry[]) => Promise<ReadonlySet<string>>;
}

/** An object that should be in a remote. */
export interface RemoteEntry {
  readonly md5: string;
  readonly isLegacy: boolean;
  /** The remote its output is bound to; `undefined`: the default one. */
  readonly remote: string | undefined;
}

/** Compares HEAD, the files that record data, and the data of the workspace, as DVC's `data status` does. */
export async function collectDataStatus(project: DvcProject, options: DataStatusOptions = {}): Promise<DataStatus> {
  const head = project.repo?.headCommit;
  const [workspace, committed] = await loadScopedStages(project, head === undefined ? {} : { commits: [head] });
  const stages = stagesOf(workspace);
  const recorded = DataIndex.recorded(stages, project.cache);
  const contents = await hashOutputs(project, stages, options);
  const targets = (options.targets ?? []).map((target) => joinProjectPath(project.folder, target));
  const how = { isShallow: options.isGranular !== true, byHashOnly: true };
  const compare = (old: DataIndex, now: DataIndex): readonly DataChange[] =>
    diffData(old, now, how).filter((change) => isWanted(change, targets));
  const uncommitted = compare(recorded, DataIndex.ofWorkspace(stages, contents));
  const head2index = compare(DataIndex.recorded(stagesOf(committed), project.cache), recorded);
  const unchanged = new Set(unchangedPaths(head2index));
  const git = await readGitState(project, options.withUntracked === true);
  return {
    notInCache: notInCache(project, uncommitted),
    notInRemote: await notInRemote(stages, recorded, targets, options),
    committed: project.repo === undefined ? noChanges() : groupChanges(head2index),
    uncommitted: groupChanges(uncommitted),
    untracked: git?.untracked.filter((path) => isBelowAny(joinProjectPath(project.folder, path), targets)) ?? [],
    unchanged: unchangedPaths(uncommitted).filter((path) => project.repo === undefined || unchanged.has(path)),
    git: git === undefined ? undefined : { isEmpty: head === undefined, isDirty: git.isDirty },
  };
}

function stagesOf(loaded: Awaited<ReturnType<typeof loadScopedStages>>[number] | undefined): readonly ProjectStage[] {
  if (loaded === undefined) return [];
  if ("error" in loaded) throw loaded.error;
  return loaded.stages;
}

function isWanted(change: DataChange, targets: readonly string[]): boolean {
  const entry = change.kind === "renamed" ? change.new : (change.old ?? change.new);
  return isBelowAny(entry?.path ?? "", targets);
}

function isBelowAny(path: string, targets: readonly string[]): boolean {
  return targets.length === 0 || targets.some((target) => isAtOrBelow(path, target));
}

function groupChanges(changes: readonly DataChange[]): DataChanges {
  const paths = (kind: DataChange["kind"]): readonly string[] =>
    changes.filter((change) => change.kind === kind).map(pathOfChange);
  return {
    added: paths("added"),
    modified: paths("modified"),
    deleted: paths("deleted"),
    renamed: changes.flatMap((change) =>
      change.kind === "renamed" && change.old !== undefined && change.new !== undefined
        ? [{ old: pathOfEntry(change.old), new: pathOfEntry(change.new) }]
        : [],
    ),
    // What is only recorded and not there cannot be said to be unknown.
    unknown: changes.filter((change) => change.kind === "unknown" && change.new !== undefined).map(pathOfChange),
  };
}

function noChanges(): DataChanges {
  return { added: [], modified: [], deleted: [], renamed: [], unknown: [] };
}

function unchangedPaths(changes: readonly DataChange[]): readonly string[] {
  return changes
    .filter(({ kind, old, new: now }) => kind === "unchanged" && (old?.hash ?? now?.hash) !== undefined)
    .map(pathOfChange);
}

function pathOfChange(change: DataChange): string {
  const isFolder = (change.new ?? change.old)?.isFolder === true;
  return `${(change.old ?? change.new)?.path ?? ""}${isFolder ? "/" : ""}`;
}

function pathOfEntry(entry: DataEntry): string {
  return entry.isFolder ? `${entry.path}/` : entry.path;
}

function notInCache(project: DvcProject, changes: readonly DataChange[]): readonly string[] {
  return changes.flatMap(({ old }) =>
    old?.hash === undefined || project.cache.has(old.hash) ? [] : [pathOfEntry(old)],
  );
}

async function notInRemote(
  stages: readonly ProjectStage[],
  recorded: DataIndex,
  targets: readonly string[],
  options: DataStatusOptions,
): Promise<readonly string[]> {
  if (options.findMissing === undefined) return [];
  const outs = cachedOutputs(stages).filter(({ out }) => out.isPushed);
  const wanted: { readonly entry: DataEntry; readonly remote: RemoteEntry }[] = [];
  const nothing = new DataIndex();
  const all = diffData(nothing, recorded, { isShallow: options.isGranular !== true, byHashOnly: true });
  for (const { new: entry } of all) {
    if (entry?.hash === undefined || !isBelowAny(entry.path, targets)) continue;
    const owner = outs.find(({ out }) => isAtOrBelow(entry.path, out.path));
    if (owner === undefined) continue;
    wanted.push({ entry, remote: { md5: entry.hash, isLegacy: entry.isLegacy, remote: owner.out.remote } });
  }
  const missing = await options.findMissing(wanted.map(({ remote }) => remote));
  return wanted.filter(({ remote }) => missing.has(remote.md5)).map(({ entry }) => pathOfEntry(entry));
}

interface GitState {
  readonly isDirty: boolean;
  /** Relative to the current folder. */
  readonly untracked: readonly string[];
}

async function readGitState(project: DvcProject, withUntracked: boolean): Promise<GitState | undefined> {
  const { repo } = project;
  if (repo === undefined) return undefined;
  const untrackedOption = `--untracked-files=${withUntracked ? "all" : "no"}`;
  const { stdout } = await runGit(repo, ["status", "--porcelain=v1", "-z", "--no-renames", untrackedOption], {
    env: await withoutOwnFilters(repo),
  });
  const lines = stdout.toString().split("\0").filter(Boolean);
  const prefix = projectPrefix(repo, project.root);
  const untracked = lines
    .filter((line) => line.startsWith("?? "))
    .map((line) => line.slice(3))
    .filter((path) => isAtOrBelow(path, prefix))
    .map((path) => relativeTo(project.folder, posix.relative(`/${prefix}`, `/${path}`)));
  return { isDirty: lines.length > 0, untracked: untracked.toSorted(compareCodePoints) };
}
