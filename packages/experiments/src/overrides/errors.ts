import { TrackerError } from "@waymark/core";

/** Several values were given where one run was asked for. */
export class SweepNotAllowedError extends TrackerError {
  override readonly code = "SWEEP_NOT_ALLOWED";
  /** As typed. */
  readonly override: string;

  constructor(override: string) {
    super(`'${override}' is a sweep over several values, and one run was asked for`, {
      hint: "Add --queue to queue a run for each, or give one value: a list as key=[a,b], text as key='a,b'.",
    });
    this.override = override;
  }
}

/** A config of a group was chosen where nothing is composed. */
export class ChoiceNotAllowedError extends TrackerError {
  override readonly code = "CHOICE_NOT_ALLOWED";
  /** As typed. */
  readonly override: string;

  constructor(override: string) {
    super(`'${override}' chooses a config of a group, and the params of a checkpoint are composed already`, {
      hint: "Set values of it, such as model.depth=2, or begin a new run without --rev.",
    });
    this.override = override;
  }
}

/** A params file or a folder of configs that is not to be touched. */
export class OverrideFileError extends TrackerError {
  override readonly code = "OVERRIDE_FILE";
  /** As typed, or as configured. */
  readonly path: string;

  constructor(path: string, reason: string, hint?: string) {
    super(`'${path}' ${reason}`, { hint });
    this.path = path;
  }
}

/** Settings of Hydra that only Python can follow. */
export class HydraNeedsPythonError extends TrackerError {
  override readonly code = "HYDRA_NEEDS_PYTHON";
  /** Key of the configuration. */
  readonly setting: string;

  constructor(setting: string, reason: string) {
    super(`${setting} ${reason}`, {
      hint: `Run \`waymark config --unset ${setting}\`, and put configs into hydra.config_dir.`,
    });
    this.setting = setting;
  }
}
