import { TrackerError } from "@waymark/core";

/** Stages could not be reproduced. The cause is the error of the first one. */
export class ReproductionError extends TrackerError {
  override readonly code = "REPRODUCTION_FAILED";
  /** Addresses of the stages that failed. */
  readonly stages: readonly string[];

  constructor(stages: readonly string[], cause: unknown) {
    const names = stages.map((name) => `'${name}'`).join(", ");
    const hint = cause instanceof TrackerError ? cause.hint : undefined;
    super(`Failed to reproduce ${stages.length === 1 ? "stage" : "stages"} ${names}`, { cause, hint });
    this.stages = stages;
  }
}

/** The user was asked about a stage, and said no. */
export class ReproductionDeclinedError extends TrackerError {
  override readonly code = "REPRODUCTION_DECLINED";

  constructor(stage: string) {
    super(`Stage '${stage}' was not to be reproduced`, {
      hint: "Leave `--interactive` out to reproduce without questions.",
    });
  }
}
