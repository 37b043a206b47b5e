import type { RunStatus } from "@waymark/core/tracker";
import type { ReadProblem } from "@waymark/pipeline/revisions";
import type { ActiveExperiment } from "../active/active-state.ts";
import type { ExecutorState } from "../active/executor-state.ts";
import type { Labels } from "../labels/labels.ts";

/** Values of each params or metrics file by its path, or why the file could not be read. */
export type FileValues = Readonly<Record<string, { readonly data: unknown } | { readonly error: ReadProblem }>>;

/** A dependency of a stage, as recorded. */
export interface DependencyData {
  readonly hash: string | null;
  readonly size: number | null;
  readonly nfiles: number | null;
}

/** An output, as recorded. */
export interface OutputData extends DependencyData {
  readonly use_cache: boolean;
  /** True for what a `.dvc` file tracks. */
  readonly is_data_source: boolean;
}

/** What one commit, or the workspace, holds: the fields of DVC's `exp show --json`. */
export interface RevisionData {
  /** `workspace` or a full commit id. */
  readonly rev: string;
  /** Commit time in the local zone, ISO 8601 without offset; null for the workspace. */
  readonly timestamp: string | null;
  readonly params: FileValues;
  readonly metrics: FileValues;
  readonly deps: Readonly<Record<string, DependencyData>>;
  readonly outs: Readonly<Record<string, OutputData>>;
  readonly meta: Readonly<Record<string, never>>;
}

/** A value or an error per revision, so that one unreadable commit does not blank the table. */
export interface RevisionState {
  readonly rev: string;
  readonly name: string | null;
  readonly data: RevisionData | null;
  /** The same as JSON text, as DVC prints it. */
  readonly dataJson: string;
  readonly error: ReadProblem | null;
}

/** One commit of an experiment. */
export interface CheckpointState extends RevisionState {
  /** The step it is a checkpoint of; `undefined` for commits that are none, such as DVC's. */
  readonly step: number | undefined;
  readonly status: RunStatus | undefined;
  /** `NAME@STEP` it was forked from, when it is the first of a fork. */
  readonly forkedFrom: string | undefined;
}

/**
 * How an experiment stands. `stopped`: it ended well, before its time, by a rule or a limit. `killed`: its last word was
 * that it runs, and its process is gone.
 */
export type ExperimentStatus = RunStatus | "stopped" | "killed";

/** An experiment with its chain. */
export interface ExperimentState {
  readonly name: string;
  readonly ref: string;
  readonly baseline: string;
  /**
   * Newest first, without the baseline; a fork's go on with those of its origin. Fewer, and none of the origin's, when
   * not all were asked for.
   */
  readonly checkpoints: readonly CheckpointState[];
  /** How many commits are its own; the rest are shared with the experiment it was forked from. */
  readonly ownCount: number;
  /** `NAME@STEP` of the checkpoint it was forked from. */
  readonly origin: string | undefined;
  /** What people wrote on it; empty when nobody asked. */
  readonly labels: Labels;
  /** `undefined` for experiments that record none, such as DVC's. */
  readonly status: ExperimentStatus | undefined;
  /** What carries it out, or has, as far as that is still known. */
  readonly executor: ExecutorState | null;
}

/** A baseline with the experiments that started from it, newest first, those that run before the others. */
export interface BaselineState extends RevisionState {
  readonly experiments: readonly ExperimentState[];
  /** What is not there yet, or came to nothing: running first, then queued, then failed. */
  readonly active: readonly ActiveExperiment[];
}

/** Everything `exp show` shows. */
export interface ExperimentsView {
  /** `undefined` when it was not asked for. */
  readonly workspace: RevisionState | undefined;
  readonly baselines: readonly BaselineState[];
  /** Experiments that are not shown because their baselines are on no branch any more; `undefined`: nobody asked. */
  readonly orphans: { readonly baselines: number; readonly experiments: number } | undefined;
  /** Whether everything that was read of commits can only come out the same again. Default false. */
  readonly isFinal?: boolean;
}
