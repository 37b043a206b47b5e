import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkoutOutputs, type DvcProject, type OutputSelection, type ProjectStage } from "@waymark/pipeline";
import type { RunKind } from "./run-record.ts";

/** Options of {@link prepareData}. */
export interface PrepareDataOptions {
  readonly kind: RunKind;
  /** Checkpoint outputs are removed, so that their stages begin anew. */
  readonly isReset: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Brings what a run begins with into its work tree, as DVC does with a checkout before it runs anything.
 *
 * In the workspace only data that is not there is put there: what is there is the user's, edited or not. A work tree of
 * our own may be left from another run: there everything becomes what its lock files say, and what they do not know
 * goes. The caller holds the lock of the project.
 */
export async function prepareData(
  dvc: DvcProject,
  steps: readonly ProjectStage[],
  { kind, isReset, signal }: PrepareDataOptions,
): Promise<void> {
  const all = steps.flatMap((stage) => stage.outs.map((out): OutputSelection => ({ stage, out })));
  if (isReset) removeOutputs(dvc, all.filter(isCheckpoint));
  const selections = isReset ? all.filter((each) => !isCheckpoint(each)) : all;
  const isOurs = kind !== "workspace";
  const cached = selections.filter(({ out }) => out.isCached && isInProject(out.path));
  const wanted = cached.filter(({ stage, out }) => {
    if (out.hash === null) return false;
    return isOurs || (stage.command === undefined && !existsSync(join(dvc.root, out.path)));
  });
  if (isOurs)
    removeOutputs(
      dvc,
      cached.filter(({ out }) => out.hash === null),
    );
  if (wanted.length === 0) return;
  await checkoutOutputs(dvc, wanted, { force: isOurs, signal });
}

function isCheckpoint({ out }: OutputSelection): boolean {
  return out.isCheckpoint;
}

function removeOutputs(dvc: DvcProject, selections: readonly OutputSelection[]): void {
  for (const { out } of selections) {
    if (isInProject(out.path)) rmSync(join(dvc.root, out.path), { recursive: true, force: true });
  }
}

function isInProject(path: string): boolean {
  return !path.startsWith("/") && !path.startsWith("../") && !path.includes("://");
}
