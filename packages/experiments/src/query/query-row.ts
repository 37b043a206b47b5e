import type { FileValues } from "../show/view.ts";

/** An experiment as queries see it: what its newest commit holds, and what is known about it besides. */
export interface QueryRow {
  readonly name: string;
  /** Full id of the commit it started from. */
  readonly baseline: string;
  /** Branches and tags of that commit, and `HEAD` where it is the current one. */
  readonly baselineNames: readonly string[];
  /** Full id of its newest commit. */
  readonly rev: string;
  /** Time of that commit, in seconds since the epoch. */
  readonly createdSeconds: number;
  readonly step: number | undefined;
  readonly status: string | undefined;
  readonly tags: readonly string[];
  readonly note: string | undefined;
  readonly metrics: FileValues;
  readonly params: FileValues;
}
