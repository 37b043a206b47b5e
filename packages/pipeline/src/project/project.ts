import type { LockedStage } from "./recorded.ts";
import type { UsedVars } from "../resolve/interpolate.ts";
import type { Mapping } from "../values/values.ts";

/** What is recorded of a file or folder; `null` where nothing is. */
export interface RecordedHash {
  /** MD5 in hex, `.dir` at the end for a folder; an ETag or checksum for what lies elsewhere. */
  readonly hash: string | null;
  readonly sizeBytes: number | null;
  /** Files in a folder. */
  readonly fileCount: number | null;
}

/** A file, folder or URL that a stage or a `.dvc` file names, with what is recorded of it. */
export interface TrackedEntry extends RecordedHash {
  /** As written; lock entries are matched by exactly this. */
  readonly text: string;
  /** Relative to the project; outside of it absolute, or a URL. */
  readonly path: string;
  /** The entry of dvc.lock or of the `.dvc` file, as parsed; `undefined` when nothing is recorded. */
  readonly recorded: Mapping | undefined;
  /** Recorded by DVC 2: hashed with line ends of text files unified (`md5-dos2unix`), kept in the old cache layout. */
  readonly isLegacy: boolean;
}

/** An input of a stage. */
export interface StageDependency extends TrackedEntry {
  /** `repo` and `db`: imported from there; `dataset`: named `ds://…`. Only a `path` makes an edge of the graph. */
  readonly kind: "path" | "repo" | "db" | "dataset";
}

/** What a stage or a `.dvc` file produces. */
export interface StageOutput extends TrackedEntry {
  readonly role: "out" | "metric" | "plot";
  /** Kept in the cache. */
  readonly isCached: boolean;
  /** Not removed before the command runs. */
  readonly isPersistent: boolean;
  /** Sent to remotes by `push`. */
  readonly isPushed: boolean;
  /** The remote it is bound to; `undefined`: the default one. */
  readonly remote: string | undefined;
  readonly isCheckpoint: boolean;
  /** Recorded as executable by its owner. */
  readonly isExecutable: boolean;
  /** Tracked by a `.dvc` file and made by no command of the project. */
  readonly isDataSource: boolean;
  /** How to draw it, for a plot; empty otherwise. */
  readonly properties: Mapping;
}

/** Params of one file; no keys: all of them. */
export interface ParamSelection {
  /** As written; the default file is `params.yaml`. */
  readonly text: string;
  /** Relative to the project. */
  readonly path: string;
  readonly keys: readonly string[];
  /** Values by dotted key from dvc.lock; `undefined` when nothing is recorded of the file. */
  readonly recorded: Mapping | undefined;
}

/** One stage, or one `.dvc` file. */
export interface ProjectStage {
  /** `undefined` for a `.dvc` file. */
  readonly name: string | undefined;
  /** Its name in the file, when `foreach` or `matrix` made it with others; `undefined` otherwise. */
  readonly group: string | undefined;
  /** Its `desc`. */
  readonly description: string | undefined;
  /** The file that defines it, relative to the project. */
  readonly file: string;
  /** Folder its command runs in and its paths are relative to, relative to the project; empty for the root. */
  readonly wdir: string;
  /** As dvc.lock keeps it: a list stays a list. `undefined` for data. */
  readonly command: string | readonly string[] | undefined;
  readonly isFrozen: boolean;
  readonly isAlwaysChanged: boolean;
  readonly deps: readonly StageDependency[];
  readonly params: readonly ParamSelection[];
  readonly outs: readonly StageOutput[];
  readonly usedVars: UsedVars;
  /** Its entry of dvc.lock; `undefined` when there is none, and for a `.dvc` file. */
  readonly locked: LockedStage | undefined;
  /** A `.dvc` file as parsed; `undefined` for a stage of a dvc.yaml. */
  readonly content: Mapping | undefined;
  /** Written once in the file: no expression, `foreach` or `matrix` made it. Only such a stage can be rewritten. */
  readonly isPlain: boolean;
}

/** A plot that a dvc.yaml defines beside its stages. */
export interface PlotEntry {
  /** A path relative to the folder of the dvc.yaml, or a free name. */
  readonly id: string;
  /** The id as a path relative to the project. */
  readonly path: string;
  readonly properties: Mapping;
  /** The file that defines it, relative to the project. */
  readonly file: string;
}

/** Everything the project files of one revision define. Paths are relative to the project. */
export interface Project {
  readonly stages: readonly ProjectStage[];
  /** Files and folders of the top-level `params` and `metrics`. */
  readonly params: readonly string[];
  readonly metrics: readonly string[];
  readonly plots: readonly PlotEntry[];
  /** Some of it is filled in from other files: the same project files may define something else elsewhere. */
  readonly hasVars: boolean;
}
