import { TrackerError } from "@waymark/core/errors";

/** A failure whose exit code only the command knows: DVC has others for it than for the rest of the command. */
export class CommandError extends TrackerError {
  override readonly code = "COMMAND_FAILED";
  readonly exitCode: number;

  constructor(exitCode: number, message: string, hint?: string) {
    super(message, { hint });
    this.exitCode = exitCode;
  }
}
