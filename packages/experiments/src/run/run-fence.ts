import { type GitRepository, RefChangedError, type RefUpdate, updateRefs } from "@waymark/git";
import { RunTakenOverError } from "./run-errors.ts";

/**
 * Asked right before a ref moves for a run. The answer is what has to hold in that very moment, as updates that change
 * nothing: they are checked in the transaction that moves the ref, so that nobody can take the task in between.
 * `undefined`: somebody else has the task, and nothing is written.
 */
export type RunFence = () => readonly RefUpdate[] | undefined;

/**
 * Moves a ref for a run, as long as the run may.
 *
 * @param name - Of the experiment, for errors.
 * @throws {@link RunTakenOverError}; `RefChangedError` when the ref itself is not where it was.
 */
export function moveFenced(repo: GitRepository, update: RefUpdate, fence: RunFence | undefined, name: string): void {
  for (;;) {
    const checks = fence === undefined ? [] : fence();
    if (checks === undefined) throw new RunTakenOverError(name);
    try {
      updateRefs(repo, [update, ...checks]);
      return;
    } catch (error) {
      // The lease was renewed meanwhile, a wish was written on the task, or it was taken over: asked again, it tells.
      if (error instanceof RefChangedError && checks.some(({ ref }) => ref === error.ref)) continue;
      throw error;
    }
  }
}
