/**
 * The contract between the logger and whoever commits its checkpoints.
 *
 * The logger knows neither Git nor the cache. It is given a {@link TrackerProvider}; `@waymark/experiments` has the
 * real one, and without one the logger still writes every file. Calls are synchronous, because the last of them
 * happens while a process exits, where nothing can be awaited.
 */

/** How a run stands. Kept in the run file and as a trailer of commit messages, which DVC never parses. */
export type RunStatus = "running" | "finished" | "interrupted" | "failed";

/** Which checkpoints of a run stay when a newer one is made. */
export type KeepPolicy =
  | { readonly kind: "all" }
  /** The newest `count` checkpoints; `count` is at least 1. */
  | { readonly kind: "last"; readonly count: number }
  /** The newest checkpoint and the one with the best value of `metric` (a path such as `val/loss`). */
  | { readonly kind: "best"; readonly metric: string; readonly goal: "min" | "max" };

/** What a run says of itself when it starts. Paths are absolute. */
export interface RunStart {
  readonly cwd: string;
  /** The live folder. */
  readonly dir: string;
  readonly experimentName: string | undefined;
  readonly message: string | undefined;
  /** Continue the run recorded in `dir` (or named in `resumeFrom`) instead of starting a new one. */
  readonly resume: boolean;
  /** `NAME` or `NAME@STEP`: the checkpoint to continue from, when not the last one of the run in `dir`. */
  readonly resumeFrom: string | undefined;
  /** The experiment and baseline that the run file in `dir` names, when it has one. */
  readonly previous: { readonly experimentName: string; readonly baseline: string } | undefined;
  /** The command line, program first, so that `exp resume` can start it again. */
  readonly command: readonly string[];
  readonly keep: KeepPolicy;
}

/** The checkpoint a run continues from, after its files were put back in place. */
export interface ResumePoint {
  /** The last completed step; the loop goes on at `step + 1`. */
  readonly step: number;
  readonly commit: string;
  /** Status recorded with that commit. A finished run is not trained again by accident. */
  readonly status: RunStatus;
  /** Workspace paths that were restored, relative to the repository root. */
  readonly restored: readonly string[];
}

export type RunOpening =
  | {
      readonly kind: "tracked";
      readonly tracker: RunTracker;
      readonly resumed: ResumePoint | undefined;
      /** What the user should know before training starts: one sentence each. */
      readonly notes?: readonly string[];
    }
  /** `message` is for the user, once, as a warning (or nothing to say when `undefined`). */
  | {
      readonly kind: "untracked";
      readonly reason: "no-git" | "no-commits" | "unusable";
      readonly message: string | undefined;
    };

/** One checkpoint: the step is complete on disk and the listed files are complete. Paths are absolute. */
export interface CheckpointRequest {
  readonly step: number;
  /** Files and folders that let the loop continue: they go to the content cache with a `.dvc` file each. */
  readonly paths: readonly string[];
  /** Files and folders the logger wrote (the live folder, dvc.yaml): they go into the commit even when untracked. */
  readonly include: readonly string[];
  /** The summary as in metrics.json, for `keep best`. */
  readonly summary: Readonly<Record<string, unknown>>;
}

/** The end of a run: a last commit with its status. */
export interface EndRequest extends Omit<CheckpointRequest, "step"> {
  /** `undefined` for a run that was cut short before it had completed a step: there is nothing to go on from. */
  readonly step: number | undefined;
  readonly status: Exclude<RunStatus, "running">;
  /** Why, for `failed` and `interrupted`: one line. */
  readonly reason: string | undefined;
}

/** A commit was made (or could not be: `failed`, which warns and lets training go on). */
export type CheckpointOutcome =
  | {
      readonly kind: "committed";
      readonly commit: string;
      readonly experimentName: string;
      readonly ref: string;
      /** `undefined` for the end of a run that completed none. */
      readonly step: number | undefined;
      /** The run went on under a new name because params or code changed; the old one is left as it was. */
      readonly forkedFrom: string | undefined;
      /** What the user should know of it, said once in a run: one sentence each. */
      readonly notes?: readonly string[];
    }
  | { readonly kind: "failed"; readonly reason: string; readonly hint: string | undefined };

/** Commits the checkpoints of one run. Never throws for trouble of its own: it answers `failed`. */
export interface RunTracker {
  readonly experimentName: string;
  /** 40-hex id of the commit the experiment started from. */
  readonly baseline: string;
  /** The root of the Git work tree. */
  readonly root: string;
  checkpoint(request: CheckpointRequest): CheckpointOutcome;
  end(request: EndRequest): CheckpointOutcome;
}

/** Opens the tracker of a run; called once, while `Live` is constructed. */
export interface TrackerProvider {
  open(start: RunStart): RunOpening;
}
