import type { RunStatus } from "@waymark/core";

/** What decides where a commit goes. */
export interface PlaceQuestion {
  /** `undefined` when no step was complete. */
  readonly step: number | undefined;
  readonly status: RunStatus;
  /** Files are listed with this very request. */
  readonly hasFiles: boolean;
  /** Earlier checkpoints of the run list files. */
  readonly hadFiles: boolean;
  /** Step of the newest commit; `undefined` when there is none. */
  readonly lastStep: number | undefined;
  /** Whether the newest commit has the same tree. Asked only when it matters. */
  readonly isSameTree: () => boolean;
}

/** Where a commit goes. */
export interface Place {
  /** Step it is the checkpoint of; `undefined` for the end of a run at a step it cannot be continued from. */
  readonly step: number | undefined;
  /** It takes the place of the newest commit. */
  readonly replaces: boolean;
}

/**
 * Finds the place of a commit in the chain of its run: one commit per checkpoint, and at most one that is none, at the
 * end.
 *
 * A run that was cut short is to be continued from its last checkpoint, whose histories must not grow beyond its step:
 * what came after goes to a commit of its own, unless nothing did.
 */
export function findPlace(question: PlaceQuestion): Place {
  const { step, status, hasFiles, hadFiles, lastStep, isSameTree } = question;
  const isCutShort = status === "interrupted" || status === "failed";
  if (step === undefined) return { step: undefined, replaces: false };
  if (lastStep === step) {
    return isCutShort && !isSameTree() ? { step: undefined, replaces: false } : { step, replaces: true };
  }
  // Without files there is nothing that could lag behind the histories.
  const isComplete = status === "running" || hasFiles || !hadFiles;
  return { step: isComplete ? step : undefined, replaces: false };
}
