import type { RevisionState } from "../show/view.ts";
import type { ExecutorState } from "./executor-state.ts";

/** An experiment that is not there yet, or never will be: it waits, runs, or did not succeed. */
export interface ActiveExperiment {
  /** `null` for an experiment of an older DVC that gets its name later. */
  readonly name: string | null;
  readonly baseline: string;
  readonly status: "running" | "queued" | "failed" | "killed";
  /** Newest first: what it holds now, then what it has committed. */
  readonly states: readonly RevisionState[];
  readonly executor: ExecutorState;
  /** Which tool it belongs to. */
  readonly tool: "waymark" | "dvc";
}
