import type { ReproduceOptions } from "@waymark/pipeline";

/**
 * What an experiment runs, complete: whoever has this and a commit to start from can run it, here, in a work tree beside
 * or on another machine. Kept as JSON with tasks of the queue, so every field is plain data.
 */
export interface RunSpec {
  readonly schema: 1;
  /** Of the experiment; decided before anything runs. */
  readonly name: string;
  /** 40-hex id of the commit the experiment belongs to. */
  readonly baseline: string;
  /** Message of its commits. Default: DVC's. */
  readonly message: string | null;
  readonly work: RunWork;
  /** Folder in which it runs, relative to the root of the repository; `.` for the root itself. */
  readonly cwd: string;
  /** Replaces an experiment of the same name and baseline. */
  readonly force: boolean;
  /** What `-S` set, for people to read: the files of the start commit hold it already. */
  readonly params: readonly RunParam[];
  /** Untracked or ignored paths that a run elsewhere brings along, relative to the root of the repository. */
  readonly copyPaths: readonly string[];
  readonly rules: RunRules;
  /** Takes the checkpoint outputs of its stages away first, so that they begin anew. Default false. */
  readonly isReset?: boolean;
  /** The checkpoint it goes on from; `null` for a run that starts anew. */
  readonly resume: RunOrigin | null;
}

/** The work of a run: stages of dvc.yaml, or any command. */
export type RunWork =
  | { readonly kind: "pipeline"; readonly options: RunPipelineOptions }
  | {
      readonly kind: "command";
      /** Program first; started without a shell. */
      readonly command: readonly string[];
    };

/** The options of `reproduce` that travel with a run. */
export type RunPipelineOptions = Pick<
  ReproduceOptions,
  | "targets"
  | "isAll"
  | "isPipeline"
  | "isRecursive"
  | "isSingle"
  | "isDownstream"
  | "force"
  | "forceDownstream"
  | "pull"
  | "allowMissing"
  | "onError"
  | "jobs"
>;

/** A parameter that `-S` set. */
export interface RunParam {
  /** Params file, relative to the root of the repository. */
  readonly file: string;
  /** Dotted path in it; `""` for the whole file. */
  readonly path: string;
  /** JSON value; absent when the parameter was deleted. */
  readonly value?: unknown;
}

/** When a run is ended before its command ends by itself. */
export interface RunRules {
  /** Conditions as typed, such as `val/loss not improving for 5`. */
  readonly stop: readonly string[];
  /** Time it may take, in milliseconds. */
  readonly maxTimeMs: number | null;
}

/** A checkpoint that a run goes on from. */
export interface RunOrigin {
  /** `NAME` or `NAME@STEP`. */
  readonly selector: string;
  /** 40-hex id. */
  readonly commit: string;
}
