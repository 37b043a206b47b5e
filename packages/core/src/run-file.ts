import type { RunStatus } from "./tracker.ts";

/** Folder of our own inside a live folder. It holds a `.gitignore` of `*`, so it never shows in `git status`. */
export const RUN_FOLDER = ".waymark";
/** `<dir>/.waymark/run.json`: who runs, since when, how it ended. Replaced atomically. */
export const RUN_FILE = "run.json";
/**
 * `<dir>/.waymark/step`: the last step for which `nextStep()` returned, written in place with one `pwrite` of
 * 32 bytes: step and epoch milliseconds as decimal numbers, separated by a space, padded with spaces, newline last.
 */
export const STEP_FILE = "step";

/** Schema of the run file. Readers ignore keys they do not know. */
export interface RunFile {
  readonly schema: 1;
  /** Random, one per run; a resumed run keeps it. */
  readonly runId: string;
  readonly status: RunStatus;
  /** One line, for `failed` and `interrupted`. */
  readonly reason: string | null;
  readonly experimentName: string | null;
  readonly baseline: string | null;
  readonly pid: number;
  readonly host: string;
  /** Clock ticks since boot at which the process started (field 22 of /proc/PID/stat), or null elsewhere. */
  readonly processStart: string | null;
  readonly bootId: string | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly command: readonly string[];
  readonly cwd: string;
  /** How many steps the loop means to make, when it said so; for progress. */
  readonly totalSteps: number | null;
  /** Metrics whose best value is tracked: name to goal. */
  readonly goals: Readonly<Record<string, "min" | "max">>;
}
