import { TrackerError } from "@waymark/core/errors";

/** A path that a run elsewhere is to bring along cannot be brought. */
export class CopyPathError extends TrackerError {
  override readonly code = "COPY_PATH";
  /** Relative to the repository. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`'${path}' cannot be copied for a run elsewhere: ${reason}`, {
      hint: "`--copy-paths` takes files and folders of the workspace that Git does not track.",
    });
    this.path = path;
  }
}
