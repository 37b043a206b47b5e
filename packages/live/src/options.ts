import type { KeepPolicy, TrackerProvider } from "@waymark/core";

/** What the logger asks of the world around it; tests pass their own. */
export interface LiveEffects {
  /** Says something is amiss, once per matter. Default: one line on standard error. */
  readonly warn: (message: string) => void;
  /** Says what happens: resuming, interrupted, which checkpoint was kept. Default: one line on standard error. */
  readonly inform: (message: string) => void;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly nowMs: () => number;
}

/** How often, and from where, the system monitor samples. */
export interface MonitorOptions {
  /** Seconds between two samples; at most 0.1. Default 0.05. */
  readonly interval?: number;
  /** Samples that make one row, 1 to 30. Default 20. */
  readonly samples?: number;
  /** Folders whose disks are watched, by the name used in metrics. Default `{ main: "/" }`. */
  readonly directories?: Readonly<Record<string, string>>;
}

/** Options of {@link Live}; every one may be left out. */
export interface LiveOptions {
  /** Folder of the run, relative to the working directory. Default `WAYMARK_DIR`, else `live`. */
  readonly dir?: string;
  /**
   * Continue the run in `dir` after its last checkpoint (or, without any, its last completed step). A string names
   * the checkpoint instead: `NAME` or `NAME@STEP`. Default `WAYMARK_RESUME` or `DVCLIVE_RESUME`, else `false`.
   */
  readonly resume?: boolean | string;
  /** `trim` removes rows of steps that were never completed, `append` keeps every row. Default `trim`. */
  readonly resumeMode?: "trim" | "append";
  /** Writes `report.html` or `report.md` into `dir`. Default none. */
  readonly report?: "html" | "md";
  /** Commits the run as an experiment, where there is a Git repository. Default `true`. */
  readonly saveExp?: boolean;
  /** Path of the dvc.yaml that lists what was logged; `true` is `dvc.yaml` here, `false` none. Default `true`. */
  readonly dvcyaml?: string | boolean;
  /** Keeps `plots/images` in the content cache instead of in Git. Default `false`. */
  readonly cacheImages?: boolean;
  /** Name of the experiment. Default `DVC_EXP_NAME`, else two words drawn at random. */
  readonly expName?: string;
  /** Message of the experiment's commits. */
  readonly expMessage?: string;
  /** Logs CPU, memory, disk and GPU use as `system/...`. Default `false`. */
  readonly monitorSystem?: boolean | MonitorOptions;

  /** How many steps the loop means to make: for progress, and to say when there is nothing left to do. */
  readonly totalSteps?: number;
  /** `checkpoint()` commits every n-th step only. Default 1. */
  readonly every?: number;
  /** Which checkpoints stay: all, the newest `count`, or the newest and the best by a metric. Default all. */
  readonly keep?: KeepPolicy | "all" | number;
  /** Records the time of every row, in epoch milliseconds, as a `timestamp` column. Default `false`. */
  readonly timestamps?: boolean;
  /**
   * `dvclive` keeps that logger's habits: folder `dvclive`, every file current after each step, resuming keeps every
   * row, plots may hold `NaN` and `Infinity`. Default none.
   */
  readonly compat?: "dvclive";
  /** Which ranks of a distributed run log: the first alone, or all, each into `rank-<n>` of `dir`. Default `first`. */
  readonly ranks?: "first" | "all";
  /** When another process logs to `dir`: an error, or a folder of our own, `<dir>-2`. Default `error`. */
  readonly onSecondWriter?: "error" | "own-folder";
  /** Commits checkpoints. The `waymark` package brings its own. */
  readonly tracker?: TrackerProvider;
  /** Environment variables. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Working directory that relative paths start from. Default `process.cwd()`. */
  readonly cwd?: string;
  readonly effects?: Partial<LiveEffects>;
}

/** Options of `logMetric`. */
export interface LogMetricOptions {
  /** Records when: `true` for now, or epoch milliseconds. The first row of a metric decides for all of them. */
  readonly timestamp?: boolean | number;
  /** `false` keeps the metric out of the histories: only its last value is recorded. Default `true`. */
  readonly plot?: boolean;
  /** Step of this row, when it is not the step of the loop. */
  readonly step?: number;
  /** Which direction is better; makes `best` known. */
  readonly goal?: "min" | "max";
}

/** Options of `logArtifact`. */
export interface ArtifactOptions {
  /** What it is: `model`, `dataset` or a word of your own. */
  readonly type?: string;
  /** Id in dvc.yaml. Default: the file's name without its suffix. */
  readonly name?: string;
  readonly desc?: string;
  readonly labels?: readonly string[];
  /** Anything else worth knowing: plain data. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Records a copy in `artifacts` of the live folder instead of the file itself. Default `false`. */
  readonly copy?: boolean;
  /** Puts the file into the content cache when the run is saved. Default `true`. */
  readonly cache?: boolean;
}

/** Options of `checkpoint`. */
export interface CheckpointOptions {
  /** Commits even where `every` would leave this step out. Default `false`. */
  readonly force?: boolean;
}
