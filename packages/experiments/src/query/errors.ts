import { TrackerError } from "@waymark/core/errors";

/** A query that cannot be read, or names what no experiment has. The message shows the place. */
export class InvalidQueryError extends TrackerError {
  override readonly code = "INVALID_QUERY";
  /** 0-based, in UTF-16 units. */
  readonly column: number;

  constructor(query: string, column: number, problem: string, hint?: string) {
    super(`${problem}, at column ${column + 1}:\n${excerpt(query, column)}`, {
      hint: hint ?? "A query looks like `metrics.acc > 0.9 and params.lr < 0.01 and tag = baseline`.",
    });
    this.column = column;
  }
}

/** How much of a long query is shown on either side. */
const CONTEXT = 60;

function excerpt(query: string, column: number): string {
  const start = Math.max(0, column - CONTEXT);
  const line = query.slice(start, column + CONTEXT).replaceAll(/[\r\n\t]/gu, " ");
  return `  ${line}\n  ${" ".repeat(column - start)}^`;
}
