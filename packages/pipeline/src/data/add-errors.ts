import { TrackerError } from "@waymark/core";

/** A file or folder that cannot become tracked data, and why. */
export class CannotAddError extends TrackerError {
  override readonly code = "CANNOT_ADD";
  /** As typed. */
  readonly target: string;

  constructor(target: string, reason: string, hint: string) {
    super(`Cannot add '${target}': ${reason}`, { hint });
    this.target = target;
  }
}
