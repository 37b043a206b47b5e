/** What every error of ours carries beside its message. */
export interface TrackerErrorOptions {
  /** One thing the reader can type or do next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Base of every error a user may meet: the message says what happened and with which values, `hint` says how to
 * mend it, `code` is stable and documented.
 */
export abstract class TrackerError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, options: TrackerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint;
  }
}
