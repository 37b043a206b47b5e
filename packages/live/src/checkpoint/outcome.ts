import type { CheckpointOutcome } from "@waymark/core";

/** What became of a checkpoint. */
export type CheckpointResult =
  | CheckpointOutcome
  /** Outside Git: the files were copied, and the copies are listed in `checkpoints.json`. */
  | { readonly kind: "kept"; readonly step: number; readonly folder: string }
  /** `every` leaves this step out, or another rank makes the checkpoints. */
  | { readonly kind: "skipped"; readonly step: number };
