import type { ProjectStage, StageEvent } from "@waymark/pipeline";
import type { DataProgress } from "@waymark/store";
import type { Project } from "../project.ts";
import type { RunKind, RunState } from "./run-record.ts";
import type { RunSpec } from "./run-spec.ts";
import type { RunFence } from "./run-fence.ts";

/** Where a run happens. */
export interface RunPlace {
  /** Opened at the work tree that it runs in. */
  readonly project: Project;
  /** The user's project: its folder for state has the record of the run. The same as `project` in the workspace. */
  readonly main: Project;
  readonly kind: RunKind;
  /** Of the {@link RunRecord}; {@link newRecordId} makes one. */
  readonly recordId: string;
  /** Task of the queue that is carried out. */
  readonly task: string | null;
  /** Variables for its commands, on top of those of this process, such as `CUDA_VISIBLE_DEVICES`. */
  readonly env: Readonly<Record<string, string>>;
  /** Default: nobody else can have the task. */
  readonly fence?: RunFence;
  /** What was copied or linked into the work tree for its commands, relative to the repository: never committed. */
  readonly brought?: readonly string[];
}

/** What became of a run. */
export interface RunResult {
  readonly state: RunState;
  /** Name of the experiment, which differs from the one asked for when the run forked, or the name was taken meanwhile. */
  readonly name: string;
  /** Newest commit of the experiment; `null` when none was made. */
  readonly commit: string | null;
  /** Exit code of the command that ended it; `null` when a signal did, or none ran. */
  readonly exitCode: number | null;
  /** Why it did not simply finish, one line. */
  readonly reason: string | null;
  /** What ended it, to be shown with its causes; `undefined` when it was saved as it should. */
  readonly error: unknown;
  /** Nothing of it ever ran. Default false. */
  readonly isUnbegun?: boolean;
}

/** Options of a run. */
export interface ExecuteRunOptions {
  /**
   * Ends the run: commands are interrupted as by Ctrl-C, and may still save their work. A string as the reason of the
   * abort is the reason of the run.
   */
  readonly signal?: AbortSignal | undefined;
  /** Files that belong to the experiment although Git does not track them, relative to the repository. Default: none. */
  readonly include?: readonly string[];
  /**
   * Files that take the place of those in the work tree before anything is read, by path relative to the repository; they
   * belong to the experiment. Default: none.
   */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Numbers in [0, 1) for names. Default `Math.random`. */
  readonly random?: () => number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly nowMs?: () => number;
}

/** Who hears of a run. All of it is optional; the console log is written anyway. */
export interface RunEffects {
  /** Something happens to a stage. `folder` is where the run was started, relative to the project, for its name. */
  readonly onStage?: (stage: ProjectStage, event: StageEvent, folder: string) => void;
  /** What commands print. */
  readonly onOutput?: (data: Uint8Array, stream: "stdout" | "stderr") => void;
  /** A sentence to read. */
  readonly onNote?: (text: string) => void;
  /** A sentence that something is not as it should be. */
  readonly onWarning?: (text: string) => void;
  /** A checkpoint was committed. */
  readonly onCheckpoint?: (checkpoint: RunCheckpoint) => void;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  /** Asked before each stage. Default: it may go on. */
  readonly confirm?: ((stage: string) => Promise<boolean>) | undefined;
}

/** The signature of `executeRun`. */
export type ExecuteRun = (
  place: RunPlace,
  spec: RunSpec,
  options?: ExecuteRunOptions,
  effects?: RunEffects,
) => Promise<RunResult>;

/** A checkpoint of a run. */
export interface RunCheckpoint {
  readonly name: string;
  readonly step: number | undefined;
  readonly commit: string;
}
