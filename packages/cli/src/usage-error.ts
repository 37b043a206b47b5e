import { TrackerError } from "@waymark/core/errors";

/** The command line could not be understood: an unknown command or option, a missing argument, a bad value. */
export class UsageError extends TrackerError {
  override readonly code = "USAGE";
}
