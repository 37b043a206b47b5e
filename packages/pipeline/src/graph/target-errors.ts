import { TrackerError } from "@waymark/core";

/** A target that names no output, no stage and no file that defines one. */
export class TargetNotFoundError extends TrackerError {
  override readonly code = "TARGET_NOT_FOUND";
  readonly target: string;

  constructor(target: string) {
    super(`'${target}' is neither an output nor a stage of this project`, {
      hint: "Targets are tracked files and folders, .dvc files and stage names; `git checkout` brings a missing .dvc file back.",
    });
    this.target = target;
  }
}
