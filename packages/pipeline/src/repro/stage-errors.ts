import { TrackerError } from "@waymark/core";

/** A dependency of a stage is not there. */
export class MissingDependencyError extends TrackerError {
  override readonly code = "MISSING_DEPENDENCY";
  readonly stage: string;
  readonly path: string;

  constructor(stage: string, path: string, isTracked: boolean) {
    super(`Stage '${stage}' needs '${path}', which does not exist`, {
      hint: isTracked
        ? "Bring it back with `waymark checkout`, or fetch it with `waymark pull`."
        : "No stage makes it. Check the path, which is relative to the folder the stage runs in.",
    });
    this.stage = stage;
    this.path = path;
  }
}

/** The folder that the command of a stage is to run in is not there. */
export class MissingFolderError extends TrackerError {
  override readonly code = "MISSING_FOLDER";
  readonly stage: string;
  readonly path: string;

  constructor(stage: string, path: string) {
    super(`Stage '${stage}' is to run in '${path}', which is no folder`, {
      hint: "Make the folder, or mend the `wdir` of the stage, which is relative to its dvc.yaml.",
    });
    this.stage = stage;
    this.path = path;
  }
}

/** Params that a stage depends on are not in their file. */
export class MissingParamsError extends TrackerError {
  override readonly code = "MISSING_PARAMS";
  readonly stage: string;
  readonly path: string;

  constructor(stage: string, path: string, keys: readonly string[]) {
    super(
      keys.length === 0
        ? `Stage '${stage}' needs params of '${path}', which does not exist`
        : `Stage '${stage}' needs the params ${keys.map((key) => `'${key}'`).join(", ")}, which '${path}' lacks`,
      { hint: "Params files of a stage are relative to the folder it runs in (`wdir`)." },
    );
    this.stage = stage;
    this.path = path;
  }
}

/** The command of a stage succeeded, and an output it should make is not there. */
export class MissingOutputError extends TrackerError {
  override readonly code = "MISSING_OUTPUT";
  readonly stage: string;
  readonly path: string;

  constructor(stage: string, path: string) {
    super(`Output '${path}' of stage '${stage}' does not exist`, {
      hint: "Check that the command makes it at this path; it is relative to the folder the stage runs in.",
    });
    this.stage = stage;
    this.path = path;
  }
}

/** An output that cannot be recorded as its stage asks for. */
export class OutputRefusedError extends TrackerError {
  override readonly code = "OUTPUT_REFUSED";
  readonly stage: string;
  readonly path: string;

  constructor(stage: string, path: string, reason: string, hint: string) {
    super(`Output '${path}' of stage '${stage}' cannot be recorded: ${reason}`, { hint });
    this.stage = stage;
    this.path = path;
  }
}

/** A dvc.lock that Git ignores would be lost for everyone else. */
export class LockFileIgnoredError extends TrackerError {
  override readonly code = "LOCK_FILE_IGNORED";

  constructor(path: string) {
    super(`'${path}' is ignored by Git`, { hint: "Take it out of .gitignore: it records what the stages made." });
  }
}

/** Something a stage depends on can only be asked for where it comes from, and that is not possible here. */
export class SourceUnknownError extends TrackerError {
  override readonly code = "SOURCE_UNKNOWN";

  constructor(stage: string, dependency: string) {
    super(`Stage '${stage}' depends on '${dependency}', of which nothing is recorded`, {
      hint: "Record it first with DVC, which can ask for it.",
    });
  }
}
