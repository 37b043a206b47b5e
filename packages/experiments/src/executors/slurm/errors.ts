import { TrackerError } from "@waymark/core/errors";

/** A program of Slurm is not on the PATH. */
export class SlurmMissingError extends TrackerError {
  override readonly code = "SLURM_MISSING";
  readonly program: string;

  constructor(program: string, cause?: unknown) {
    super(`Cannot start '${program}': it is not on the PATH of this machine`, {
      hint:
        "Tasks go to Slurm from a machine where its commands work, such as the login node of the cluster; " +
        "some clusters want `module load slurm` first.",
      cause,
    });
    this.program = program;
  }
}

/** Slurm did not take a job. */
export class SlurmRefusedError extends TrackerError {
  override readonly code = "SLURM_REFUSED";
  /** What Slurm said, one line each. */
  readonly answer: readonly string[];

  constructor(answer: readonly string[], hint: string) {
    super(`Slurm refused the job: ${answer.join("; ")}`, { hint });
    this.answer = answer;
  }
}

/** Slurm's controller, or its accounting, does not answer. */
export class SlurmSilentError extends TrackerError {
  override readonly code = "SLURM_SILENT";
  readonly program: string;

  constructor(program: string, why: string) {
    super(`'${program}' got no answer: ${why}`, {
      hint: "Jobs that were submitted go on without it. Try again when `scontrol ping` says that the controller is up.",
    });
    this.program = program;
  }
}

/** The text given with `--sbatch` cannot be taken. */
export class SbatchOptionsError extends TrackerError {
  override readonly code = "SBATCH_OPTIONS";

  constructor(why: string, hint: string) {
    super(`The options for sbatch cannot be used: ${why}`, { hint });
  }
}

/** What a job was told to do is not there, or is not what we write. */
export class SubmissionUnreadableError extends TrackerError {
  override readonly code = "SLURM_SUBMISSION_UNREADABLE";

  constructor(path: string, why: string) {
    super(`The submission '${path}' cannot be read: ${why}`, {
      hint: "Is the folder of the project the same on this node? See docs/runs.md, Slurm, for clusters without a shared file system.",
    });
  }
}

/** The job has no element for which there is a task. */
export class NoSlurmTaskError extends TrackerError {
  override readonly code = "NO_SLURM_TASK";

  constructor(index: string | undefined, count: number) {
    super(
      index === undefined
        ? "This is no element of a job array: SLURM_ARRAY_TASK_ID is not set"
        : `Element ${index} of the job array has no task: the submission has ${count}`,
      { hint: "Jobs start this command by themselves; submit with `waymark queue start --executor slurm`." },
    );
  }
}

/** What carries code to jobs did not take it. */
export class PostRefusedError extends TrackerError {
  override readonly code = "SLURM_POST_REFUSED";

  constructor(where: string, why: string) {
    super(`'${where}' did not take what the jobs need: ${why}`, {
      hint: "Jobs without a shared file system need a Git remote that lets you push to `refs/waymark/`, or a folder for bundles.",
    });
  }
}

/** A run needs files that nothing carries to a job without a shared file system. */
export class CarrierLimitError extends TrackerError {
  override readonly code = "SLURM_CARRIER_LIMIT";

  constructor(name: string, paths: readonly string[]) {
    super(`'${name}' is to bring ${paths.join(", ")} along, which Git does not track`, {
      hint: "Jobs without a shared file system get what Git and the data remote have: `waymark add` it, or commit it.",
    });
  }
}

/** A setting about Slurm makes no sense. */
export class SlurmSettingError extends TrackerError {
  override readonly code = "SLURM_SETTING";

  constructor(why: string, hint: string) {
    super(`Git's configuration of this repository: ${why}`, { hint });
  }
}
