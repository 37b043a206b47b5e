import { TrackerError } from "@waymark/core/errors";
import { pointAt } from "../caret.ts";

/** A query that cannot be read, or names what no experiment has. The message shows the place. */
export class InvalidQueryError extends TrackerError {
  override readonly code = "INVALID_QUERY";
  /** 0-based, in UTF-16 units. */
  readonly column: number;

  constructor(query: string, column: number, problem: string, hint?: string) {
    super(`${problem}, at column ${column + 1}:\n${pointAt(query, column)}`, {
      hint: hint ?? "A query looks like `metrics.acc > 0.9 and params.lr < 0.01 and tag = baseline`.",
    });
    this.column = column;
  }
}
