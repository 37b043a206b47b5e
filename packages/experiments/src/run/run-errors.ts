import { shellCommand } from "@waymark/core";
import { TrackerError } from "@waymark/core/errors";

/** The command of a run ended with an exit code other than 0, or by a signal. */
export class RunCommandError extends TrackerError {
  override readonly code = "RUN_COMMAND_FAILED";
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;

  constructor(command: readonly string[], exitCode: number | null, signal: string | null) {
    const how = signal === null ? `exited with ${exitCode}` : `was ended by ${signal}`;
    super(`The command ${how}: ${shellCommand(command)}`, { hint: "See what it printed." });
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

/** The command of a run could not be started at all. */
export class RunCommandMissingError extends TrackerError {
  override readonly code = "RUN_COMMAND_MISSING";

  constructor(program: string) {
    super(`Cannot start '${program}': there is no such program`, {
      hint: "Check that it is installed and on the PATH.",
    });
  }
}

/** What a run makes could not be saved. */
export class RepositoryReadOnlyError extends TrackerError {
  override readonly code = "REPOSITORY_READ_ONLY";

  constructor(folder: string) {
    super(`A run could not be saved: '${folder}' cannot be written to`, {
      hint: "See with `ls -ld` who owns it. A clone of your own is yours to write to.",
    });
  }
}

/** Another run goes on in the same work tree. */
export class WorkspaceBusyError extends TrackerError {
  override readonly code = "WORKSPACE_BUSY";
  readonly pid: number;

  constructor(pid: number, since: string) {
    super(`A run goes on in this workspace: process ${pid}, since ${since}`, {
      hint: "Wait for it to end, or run beside it with `--temp` or `--queue`.",
    });
    this.pid = pid;
  }
}

/** Somebody else has been given the task of this run, and saves its result. */
export class RunTakenOverError extends TrackerError {
  override readonly code = "RUN_TAKEN_OVER";

  constructor(name: string) {
    super(`The run of '${name}' is not saved here: another worker has taken it over`, {
      hint: "This worker was out of touch for too long. `waymark queue status` shows who has the task.",
    });
  }
}

/** A run was told to take no longer, and has not begun this stage. */
export class RunOverError extends TrackerError {
  override readonly code = "RUN_OVER";
}
