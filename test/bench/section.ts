import type { Row } from "./row.ts";

/** How much is measured. */
export interface Scale {
  /** Rounds of every comparison. */
  readonly rounds: number;
  /** Whether the work is cut to a fiftieth or so: shows that everything runs, and nothing about how fast. */
  readonly isTrial: boolean;
  /** Rows that are asked for; a section may leave the others out. `undefined`: all. */
  readonly rows?: readonly string[] | undefined;
  /** Files of a data set of many files, where the target's own number takes too long. */
  readonly files?: number | undefined;
}

/** A part of the targets. */
export interface Section {
  /** As typed after `npm run bench`. */
  readonly name: string;
  readonly title: string;
  /** What "bare" means in its rows. */
  readonly bare: string;
  /** Measures row by row. */
  readonly measure: (scale: Scale) => AsyncIterable<Row>;
}

/** Picks the amount of work. */
export function scaled({ isTrial }: Scale, full: number, trial: number): number {
  return isTrial ? trial : full;
}
