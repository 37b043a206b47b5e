import { TrackerError } from "@waymark/core";

/** A checkpoint was not made. */
export class CheckpointFailedError extends TrackerError {
  override readonly code = "CHECKPOINT_FAILED";

  constructor(reason: string, hint: string | undefined) {
    super(`The checkpoint was not made: ${reason}`, { hint });
  }
}
