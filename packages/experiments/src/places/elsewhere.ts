import type { DataProgress } from "@waymark/store";
import type { Project } from "../project.ts";
import type { ExecuteRunOptions, RunEffects, RunResult } from "../run/run-place.ts";
import type { RunKind } from "../run/run-record.ts";
import type { RunSpec } from "../run/run-spec.ts";
import type { RunFence } from "../run/run-fence.ts";

/** What a run elsewhere begins with. */
export interface RunStart {
  /** 40-hex id: its tree are the files to run on; {@link WorkspaceSnapshot} is one. */
  readonly commit: string;
  /** Called once a work tree is at the commit: nothing else has to name it from then on. */
  readonly release?: () => void;
}

/** Options of a run in a work tree of its own. */
export interface RunElsewhereOptions extends ExecuteRunOptions {
  readonly kind: Exclude<RunKind, "workspace">;
  /** Of the run's record. Default: a new one. */
  readonly recordId?: string;
  /** Task of the queue that is carried out. Default `null`. */
  readonly task?: string | null;
  /** Variables for its commands, on top of those of this process. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: nobody else can have the task. */
  readonly fence?: RunFence;
}

/** The signature of `runElsewhere`. */
export type RunElsewhere = (
  main: Project,
  spec: RunSpec,
  start: RunStart,
  options: RunElsewhereOptions,
  effects?: RunEffects,
) => Promise<RunResult>;

/** Options of a snapshot of the workspace. */
export interface SnapshotWorkspaceOptions {
  /** Files that differ from the workspace, by path relative to the repository; `null` is one it does not have. */
  readonly files?: ReadonlyMap<string, Uint8Array | null>;
  /** 40-hex id of the first parent. Default: the commit of HEAD. */
  readonly parent?: string;
  /** Message of the commit, which no experiment shows. Default: one that says what it is. */
  readonly message?: string;
  /**
   * Full name of a new ref that is to name the commit, so that no `git gc --prune=now` deletes it; whoever asks for it
   * takes it away. Default: none does.
   */
  readonly ref?: string;
  /** Takes untracked files that look like credentials, where a save would. Default false: they are an error. */
  readonly allowsSecrets?: boolean;
  /** Stages are to run on it, and what they make is not missed. Default false: it is told of as left out. */
  readonly runsStages?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Hears how far storing edited data has come. Default: nobody does. */
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Told once when another command has held the project's lock for a while. Default: nobody is told. */
  readonly onWait?: (pid: number | undefined) => void;
}

/** The workspace as a commit that a run can start from. */
export interface WorkspaceSnapshot {
  /** 40-hex id. */
  readonly commit: string;
  /** Tree of the commit, files of {@link SnapshotWorkspaceOptions.files} included. */
  readonly tree: string;
  /** Untracked files that are not part of it, relative to the repository. */
  readonly leftOut: readonly string[];
}

/** The signature of `snapshotWorkspace`. */
export type SnapshotWorkspace = (project: Project, options?: SnapshotWorkspaceOptions) => Promise<WorkspaceSnapshot>;
