import { TrackerError } from "@waymark/core/errors";

/** A worker of DVC has taken a task that was to be removed. */
export class QueuedTaskTakenError extends TrackerError {
  override readonly code = "QUEUED_TASK_TAKEN";

  constructor(name: string) {
    super(`'${name}' does not wait any more: a worker of DVC has just taken it`, {
      hint: `End it with \`dvc queue kill\`, or wait for it.`,
    });
  }
}
