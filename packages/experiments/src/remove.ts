import { existsSync } from "node:fs";
import { join } from "node:path";
import { type GitRepository, listRefs, RefChangedError, type RefUpdate } from "@waymark/git";
import { DVC_APPLIED_REF, DVC_BRANCH_REF } from "./applied.ts";
import { ExperimentMovedError } from "./errors.ts";
import type { ExperimentRef } from "./experiment-ref.ts";
import { labelRefs, NOTE_NAMESPACE, TAG_NAMESPACE } from "./labels/label-refs.ts";
import { listNames } from "./name-list.ts";
import type { Operation } from "./operations/operation.ts";
import { recordedUpdate } from "./operations/recorded-update.ts";

/** Options of {@link removeExperiments}. */
export interface RemoveOptions {
  /** As what it is recorded. Default `remove`. */
  readonly kind?: "remove" | "gc";
}

/** Refs that may have to go together with experiments. */
const COMPANIONS = [TAG_NAMESPACE.slice(0, -1), NOTE_NAMESPACE.slice(0, -1), "refs/exps/exec"];

/**
 * Removes experiments, and the tags and notes on them, in one transaction: all, or none when one of them moved
 * meanwhile. `exp undo` brings them back for 30 days; their commits stay as long, and their files in the cache until
 * `gc` after that.
 *
 * @returns The operation; `undefined` when there was nothing to remove.
 * @throws {@link ExperimentMovedError}
 */
export async function removeExperiments(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  options: RemoveOptions = {},
): Promise<Operation | undefined> {
  if (experiments.length === 0) return undefined;
  const { kind = "remove" } = options;
  const companions = new Map((await listRefs(repo, COMPANIONS)).map(({ name, id }) => [name, id]));
  const labels = experiments.flatMap(({ ref }) => labelRefs(ref)).filter((ref) => companions.has(ref));
  const updates: RefUpdate[] = [
    ...experiments.map(({ ref, tip }) => ({ ref, newId: null, oldId: tip })),
    ...labels.map((ref) => ({ ref, newId: null, oldId: companions.get(ref) ?? null })),
  ];
  const names = experiments.map(({ name }) => name);
  const summary = `${kind} ${listNames(names)}`;
  try {
    const alongside = listRunRefs(repo, experiments, companions);
    return await recordedUpdate(repo, kind, summary, updates, { alongside });
  } catch (error) {
    if (!(error instanceof RefChangedError)) throw error;
    throw new ExperimentMovedError(names.slice(0, 10).join("', '"), error);
  }
}

/**
 * What DVC clears away together with experiments: EXEC_APPLY when it names one of them, and EXEC_BRANCH, which says what
 * a run adds its commits to, always.
 */
function listRunRefs(
  repo: GitRepository,
  experiments: readonly ExperimentRef[],
  refs: ReadonlyMap<string, string>,
): RefUpdate[] {
  const applied = refs.get(DVC_APPLIED_REF);
  const updates: RefUpdate[] = [];
  if (applied !== undefined && experiments.some(({ tip }) => tip === applied)) {
    updates.push({ ref: DVC_APPLIED_REF, newId: null, oldId: applied });
  }
  // It is symbolic, and after a kill it may lead nowhere: then no listing of refs has it.
  if (refs.has(DVC_BRANCH_REF) || existsSync(join(repo.commonDir, DVC_BRANCH_REF))) {
    updates.push({ ref: DVC_BRANCH_REF, newId: null, oldId: undefined });
  }
  return updates;
}
