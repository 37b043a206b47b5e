import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkoutOutputs, type DvcProject, type OutputSelection, type ProjectStage } from "@waymark/pipeline";
import type { RunKind } from "./run-record.ts";

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
  kind: RunKind,
  signal: AbortSignal | undefined,
): Promise<void> {
  const selections = steps.flatMap((stage) => stage.outs.map((out): OutputSelection => ({ stage, out })));
  const isOurs = kind !== "workspace";
  const cached = selections.filter(({ out }) => out.isCached && isInProject(out.path));
  const wanted = cached.filter(({ stage, out }) => {
    if (out.hash === null) return false;
    return isOurs || (stage.command === undefined && !existsSync(join(dvc.root, out.path)));
  });
  if (isOurs) {
    for (const { out } of cached) {
      if (out.hash === null) rmSync(join(dvc.root, out.path), { recursive: true, force: true });
    }
  }
  if (wanted.length === 0) return;
  await checkoutOutputs(dvc, wanted, { force: isOurs, signal });
}

/** Removes the checkpoint outputs of stages, so that they begin anew. */
export function removeCheckpoints(dvc: DvcProject, steps: readonly ProjectStage[]): void {
  for (const out of steps.flatMap((stage) => stage.outs)) {
    if (out.isCheckpoint && isInProject(out.path)) rmSync(join(dvc.root, out.path), { recursive: true, force: true });
  }
}

function isInProject(path: string): boolean {
  return !path.startsWith("/") && !path.startsWith("../") && !path.includes("://");
}
