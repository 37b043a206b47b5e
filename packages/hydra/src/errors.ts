import { TrackerError } from "@waymark/core";

/** An override that is not written in Hydra's grammar. */
export class OverrideSyntaxError extends TrackerError {
  override readonly code = "OVERRIDE_SYNTAX";
  /** As typed. */
  readonly override: string;
  /** Where reading stopped, from 1. */
  readonly column: number;

  constructor(override: string, column: number, reason: string, hint?: string) {
    super(`The override '${override}' cannot be read at column ${column}: ${reason}`, {
      hint: hint ?? "Write key=value, +key=value to add, ++key=value to add or change, or ~key to delete.",
    });
    this.override = override;
    this.column = column;
  }
}

/** An override that can be read, but not be done to these values. */
export class InvalidOverrideError extends TrackerError {
  override readonly code = "INVALID_OVERRIDE";
  /** As typed. */
  readonly override: string;

  /** @param target - What it was to be applied to, such as a file. Default: not said. */
  constructor(override: string, reason: string, hint?: string, target?: string) {
    super(`Cannot apply '${override}'${target === undefined ? "" : ` to ${target}`}: ${reason}`, { hint });
    this.override = override;
  }
}

/** A sweep that has more runs than anybody would want by intention. */
export class SweepTooLargeError extends TrackerError {
  override readonly code = "SWEEP_TOO_LARGE";
  /** Runs it would have; `Infinity` for a range without end. */
  readonly runs: number;

  constructor(runs: number, limit: number) {
    const count = Number.isFinite(runs) ? runs.toLocaleString("en") : "endlessly many";
    super(`The sweep has ${count} runs, and at most ${limit.toLocaleString("en")} are planned at once`, {
      hint: "Take fewer values, or draw from intervals: lr='interval(0.001,0.1)' with --trials.",
    });
    this.runs = runs;
  }
}

/** A sweep that cannot be spread out: intervals without a number of trials, or `glob` over no group. */
export class InvalidSweepError extends TrackerError {
  override readonly code = "INVALID_SWEEP";

  constructor(reason: string, hint?: string) {
    super(reason, { hint });
  }
}

/** An interpolation `${…}` that cannot be read or has nothing to stand for. */
export class InterpolationError extends TrackerError {
  override readonly code = "INTERPOLATION";
  /** Dotted path of the value that holds it; empty when it stands by itself. */
  readonly place: string;
  readonly interpolation: string;

  constructor(place: string, interpolation: string, reason: string, hint?: string) {
    super(`${place === "" ? "" : `${place}: `}cannot resolve '${interpolation}': ${reason}`, { hint });
    this.place = place;
    this.interpolation = interpolation;
  }
}

/** A folder of configurations that does not compose. */
export class CompositionError extends TrackerError {
  override readonly code = "CONFIG_COMPOSITION";

  constructor(reason: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(reason, options);
  }
}
