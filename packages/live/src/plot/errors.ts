import { TrackerError } from "@waymark/core/errors";

/** Data that a plot cannot be drawn from. */
export class InvalidPlotDataError extends TrackerError {
  override readonly code = "INVALID_PLOT_DATA";
  readonly plot: string;

  constructor(plot: string, reason: string, hint?: string) {
    super(`Plot '${plot}': ${reason}`, { hint });
    this.plot = plot;
  }
}

/** A classification plot of a kind that does not exist. */
export class InvalidPlotTypeError extends TrackerError {
  override readonly code = "INVALID_PLOT_TYPE";
  readonly kind: string;

  constructor(kind: string, known: readonly string[]) {
    super(`'${kind}' is not a classification plot`, { hint: `Use one of ${known.join(", ")}.` });
    this.kind = kind;
  }
}

/** A plot name that no file can be written under. */
export class InvalidPlotNameError extends TrackerError {
  override readonly code = "INVALID_PLOT_NAME";
  readonly plot: string;

  constructor(plot: string, reason: string) {
    super(`Plot name ${JSON.stringify(plot)} ${reason}`, { hint: "Use a name such as 'importance' or 'test/roc'." });
    this.plot = plot;
  }
}
