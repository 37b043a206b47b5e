import { compareCodePoints } from "@waymark/core";
import { resolveRevision } from "@waymark/git";
import type { ContentCache } from "@waymark/store";
import { diffData, type DataChange } from "./data-diff.ts";
import { DataIndex, type DataEntry } from "./data-index.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import { isAtOrBelow } from "../project/posix-path.ts";
import type { ProjectStage } from "../project/project.ts";
import { loadScopedStages, type ScopedStages } from "../project/scoped-stages.ts";
import { selectOutputs } from "./select-outputs.ts";
import { TargetNotFoundError } from "../graph/target-errors.ts";
import { hashOutputs, type HashOutputsOptions } from "./workspace-contents.ts";

/** One line of {@link DiffReport}; the hash ends in `.dir` for a folder. */
export interface DiffEntry<Path = string, Hash = string> {
  /** Relative to the project; a folder ends in `/`. */
  readonly path: Path;
  readonly hash: Hash | null;
}

/** What a value was and what it became. */
export interface OldAndNew {
  readonly old: string;
  readonly new: string;
}

/** What `dvc diff --json` prints, in its words. */
export interface DiffReport {
  readonly added: readonly DiffEntry[];
  readonly deleted: readonly DiffEntry[];
  readonly modified: readonly DiffEntry<string, OldAndNew>[];
  readonly renamed: readonly DiffEntry<OldAndNew>[];
  /** Of the older side: what the cache lacks. */
  readonly "not in cache": readonly DiffEntry[];
}

/** Options of {@link diffRevisions}. */
export interface DiffOptions extends HashOutputsOptions {
  /** The older side, as typed. Default `HEAD`. */
  readonly from?: string | undefined;
  /** The newer side. Default: the workspace. */
  readonly to?: string | undefined;
  /** Outputs, stages or paths in outputs, relative to the current folder. Default: all. */
  readonly targets?: readonly string[];
}

/**
 * Compares the data of two revisions, or of one with the workspace, file by file.
 *
 * @returns `undefined` when nothing differs and nothing is missing in the cache, also in a repository without commits.
 * @throws `RevisionNotFoundError`; {@link TargetNotFoundError} for a target that neither side has.
 */
export async function diffRevisions(project: DvcProject, options: DiffOptions = {}): Promise<DiffReport | undefined> {
  const { repo } = project;
  if (repo?.headCommit === undefined) return undefined;
  const from = resolveRevision(repo, options.from ?? "HEAD");
  const to = options.to === undefined ? undefined : resolveRevision(repo, options.to);
  if (from === to) return undefined;
  const loaded = await loadScopedStages(project, { commits: to === undefined ? [from] : [from, to] });
  const old = select(project, find(loaded, from), options.targets ?? []);
  const now = select(project, find(loaded, to), options.targets ?? []);
  refuseUnknown(old, now, options.targets ?? []);
  const oldIndex = DataIndex.recorded(old.stages, project.cache);
  const newIndex =
    to === undefined
      ? DataIndex.ofWorkspace(now.stages, await hashOutputs(project, now.stages, options))
      : DataIndex.recorded(now.stages, project.cache);
  const paths = [...old.paths, ...now.paths];
  const changes = diffData(oldIndex, newIndex).filter(
    (change) => !isPureFolder(change) && isSelected(change, paths, options.targets),
  );
  return report(changes, to === undefined ? project.cache : undefined);
}

interface Side {
  readonly stages: readonly ProjectStage[];
  /** What was selected, relative to the project. */
  readonly paths: readonly string[];
  /** Targets that are not there. */
  readonly missing: ReadonlySet<string>;
}

function find(loaded: readonly ScopedStages[], commit: string | undefined): readonly ProjectStage[] {
  const found = loaded.find((each) => each.commit === commit);
  if (found === undefined) return [];
  if ("error" in found) throw found.error;
  return found.stages;
}

function select(project: DvcProject, stages: readonly ProjectStage[], targets: readonly string[]): Side {
  const missing = new Set<string>();
  const paths: string[] = [];
  for (const target of targets) {
    const found = selectOutputs(project, stages, [target], { ignoreMissing: true });
    if (found.length === 0) missing.add(target);
    paths.push(...found.map(({ out, only }) => only ?? out.path));
  }
  return { stages, paths, missing };
}

function refuseUnknown(old: Side, now: Side, targets: readonly string[]): void {
  const unknown = targets.find((target) => old.missing.has(target) && now.missing.has(target));
  if (unknown !== undefined) throw new TargetNotFoundError(unknown);
}

/** A folder that is only the way to data. */
function isPureFolder({ old, new: now }: DataChange): boolean {
  return [old, now].some((entry) => entry?.isFolder === true && entry.hash === undefined);
}

function isSelected(change: DataChange, paths: readonly string[], targets: readonly string[] | undefined): boolean {
  if (targets === undefined || targets.length === 0) return true;
  return [change.old, change.new].some(
    (entry) => entry !== undefined && paths.some((path) => isAtOrBelow(entry.path, path)),
  );
}

function report(changes: readonly DataChange[], cache: ContentCache | undefined): DiffReport | undefined {
  const added: DiffEntry[] = [];
  const deleted: DiffEntry[] = [];
  const modified: DiffEntry<string, OldAndNew>[] = [];
  const renamed: DiffEntry<OldAndNew>[] = [];
  const missing: DiffEntry[] = [];
  for (const { kind, old, new: now } of changes) {
    if (kind === "added" && now !== undefined) added.push(entryOf(now));
    if (kind === "deleted" && old !== undefined) deleted.push(entryOf(old));
    if (old !== undefined && now !== undefined) {
      if (kind === "modified") {
        modified.push({ path: pathOf(old), hash: { old: old.hash ?? "", new: now.hash ?? "" } });
      }
      if (kind === "renamed") {
        renamed.push({ path: { old: pathOf(old), new: pathOf(now) }, hash: old.hash ?? null });
      }
    }
    if (cache !== undefined && old?.hash !== undefined && !cache.has(old.hash)) missing.push(entryOf(old));
  }
  if (added.length + deleted.length + modified.length + renamed.length + missing.length === 0) return undefined;
  const byPath = (a: DiffEntry, b: DiffEntry): number => compareCodePoints(a.path, b.path);
  return {
    added: added.toSorted(byPath),
    deleted: deleted.toSorted(byPath),
    modified: modified.toSorted((a, b) => compareCodePoints(a.path, b.path)),
    renamed: renamed.toSorted((a, b) => compareCodePoints(a.path.old, b.path.old)),
    "not in cache": missing.toSorted(byPath),
  };
}

function entryOf(entry: DataEntry): DiffEntry {
  return { path: pathOf(entry), hash: entry.hash ?? null };
}

function pathOf(entry: DataEntry): string {
  return entry.isFolder ? `${entry.path}/` : entry.path;
}
