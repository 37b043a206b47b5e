import { collectStageChanges, hasChanges, type ChangeOptions, type StageChanges } from "./changes.ts";
import { ChangeLookup } from "./change-lookup.ts";
import type { DvcProject } from "../project/dvc-project.ts";
import type { StageDependency } from "../project/project.ts";
import { relativeTo, stageAddress } from "../project/stage-address.ts";
import type { TargetSelection } from "../graph/targets.ts";

/** Paths, or params files with their keys, and what happened to each. */
export type StatusEntries = Record<string, string | Record<string, string>>;

/** One line of `dvc status --json` about a stage. */
export type StatusItem = { readonly [section: string]: StatusEntries } | string;

/** What `dvc status --json` prints: what changed, by the address of the stage. */
export type ProjectStatus = Record<string, readonly StatusItem[]>;

/** Stages are compared this many at a time: enough for the disk, and few enough open files. */
const CONCURRENCY = 8;

/**
 * Compares stages with what is recorded of them.
 *
 * @returns Those that changed, in the order of the selection.
 * @throws As {@link collectStageChanges}.
 */
export async function collectChanges(
  project: DvcProject,
  selections: readonly TargetSelection[],
  options: ChangeOptions = {},
): Promise<readonly StageChanges[]> {
  const lookup = options.lookup ?? new ChangeLookup(project, options);
  const results: StageChanges[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < selections.length; at = next++) {
      const { stage, path } = selections[at] as TargetSelection;
      results[at] = await collectStageChanges(project, stage, { ...options, lookup, onlyPath: path });
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, selections.length) }, work));
  return results.filter(hasChanges);
}

/** Puts changes into the shape of `dvc status --json`, paths as seen from a folder of the project. */
export function formatStatus(changes: readonly StageChanges[], folder: string): ProjectStatus {
  const status = emptyRecord<readonly StatusItem[]>();
  for (const change of changes) status[stageAddress(change.stage, folder)] = formatChanges(change, folder);
  return status;
}

function formatChanges(changes: StageChanges, folder: string): readonly StatusItem[] {
  const items: StatusItem[] = [];
  const deps = emptyRecord<StatusEntries[string]>();
  for (const { dep, word } of changes.deps) deps[dependencyName(dep, folder)] = word;
  for (const { params, word, keys } of changes.params) {
    deps[relativeTo(folder, params.path)] = word ?? Object.assign(emptyRecord<string>(), Object.fromEntries(keys));
  }
  const outs = emptyRecord<StatusEntries[string]>();
  for (const { out, word } of changes.outs) outs[relativeTo(folder, out.path)] = word;
  if (Object.keys(deps).length > 0) items.push({ "changed deps": deps });
  if (Object.keys(outs).length > 0) items.push({ "changed outs": outs });
  if (changes.isAlwaysChanged) items.push("always changed");
  if (changes.isCommandChanged) items.push("changed command");
  if (changes.isChecksumChanged) items.push("changed checksum");
  return items;
}

function dependencyName(dep: StageDependency, folder: string): string {
  if (dep.kind !== "repo") return relativeTo(folder, dep.path);
  const repo = dep.recorded?.["repo"] as { readonly url?: unknown } | undefined;
  return `${dep.path} (${String(repo?.url)})`;
}

function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
