import { TrackerError } from "@waymark/core";

/** There is no such operation, or nothing to undo. */
export class OperationNotFoundError extends TrackerError {
  override readonly code = "OPERATION_NOT_FOUND";

  constructor(text: string | undefined, found: number) {
    const hint = "Run `waymark exp undo --list` to see what can be undone: operations are kept for 30 days.";
    if (text === undefined) super("There is nothing to undo", { hint });
    else if (found > 1) super(`'${text}' could be any of ${found} operations`, { hint });
    else super(`No operation '${text}'`, { hint });
  }
}

/** Refs that an operation changed were changed again since; nothing was undone. */
export class OperationOvertakenError extends TrackerError {
  override readonly code = "OPERATION_OVERTAKEN";
  readonly refs: readonly string[];

  /** @param moved - What became of each ref: one line each. */
  constructor(summary: string, refs: readonly string[], moved: readonly string[]) {
    super(`What was changed since stands in the way of undoing '${summary}':\n${indent(moved)}`, {
      hint: "Pass `--force` to undo it all the same: what is there now is kept, and can be had back with `exp undo`.",
    });
    this.refs = refs;
  }
}

/** What an operation took away is not in the repository any more. */
export class OperationLostError extends TrackerError {
  override readonly code = "OPERATION_LOST";

  constructor(summary: string, lost: readonly string[]) {
    super(`'${summary}' cannot be undone: what was there is not in the repository any more\n${indent(lost)}`, {
      hint: "If the experiments were shared, bring them back with `waymark exp pull`.",
    });
  }
}

function indent(lines: readonly string[]): string {
  const shown = lines.slice(0, 20).map((line) => `  ${line}`);
  if (lines.length > 20) shown.push(`  and ${lines.length - 20} more`);
  return shown.join("\n");
}
