import type { StageChanges } from "../changes/changes.ts";

/** Options of {@link isChanged}. */
export interface IsChangedOptions {
  /** Data that is only missing counts as unchanged. */
  readonly allowMissing: boolean;
  /** The recorded hash of what a stage before this one makes at a path; `undefined` when none makes it. */
  readonly producedHash: (path: string) => string | null | undefined;
}

/** Tells whether a stage has to be reproduced, in the order in which DVC looks: command, inputs, outputs. */
export function isChanged(changes: StageChanges, options: IsChangedOptions): boolean {
  return (
    changes.isCommandChanged ||
    changes.isChecksumChanged ||
    areInputsChanged(changes, options) ||
    changes.outs.some(({ word }) => !(options.allowMissing && (word === "deleted" || word === "not in cache")))
  );
}

/** Tells whether what goes into a stage differs from what is recorded; never so for a frozen one. */
export function areInputsChanged(changes: StageChanges, options: IsChangedOptions): boolean {
  if (changes.stage.isFrozen) return false;
  if (changes.isAlwaysChanged) return true;
  const isDepChanged = changes.deps.some(({ dep, word }) => {
    if (!options.allowMissing || word !== "deleted") return true;
    // Missing, and made in another way meanwhile: then it is more than missing.
    const produced = options.producedHash(dep.path);
    return produced !== undefined && produced !== dep.hash;
  });
  return isDepChanged || changes.params.some(({ word }) => !(options.allowMissing && word === "deleted"));
}
