import { TrackerError } from "@waymark/core/errors";
import { pointAt } from "../../caret.ts";

/** A rule that cannot be read. The message shows the place. */
export class InvalidStopRuleError extends TrackerError {
  override readonly code = "INVALID_STOP_RULE";
  /** 0-based, in UTF-16 units. */
  readonly column: number;

  constructor(rule: string, column: number, problem: string, hint?: string) {
    super(`${problem}, at column ${column + 1}:\n${pointAt(rule, column)}`, {
      hint: hint ?? "A rule looks like `val/loss not improving for 5`, `val/acc > 0.99` or `train/loss is nan`.",
    });
    this.column = column;
  }
}
