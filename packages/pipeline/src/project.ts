import type { UsedVars } from "./resolve/interpolate.ts";
import type { Mapping } from "./values.ts";

/** What is recorded of a file or folder; `null` where nothing is. */
export interface RecordedHash {
  /** MD5 in hex, `.dir` at the end for a folder; an ETag or checksum for what lies elsewhere. */
  readonly hash: string | null;
  readonly sizeBytes: number | null;
  /** Files in a folder. */
  readonly fileCount: number | null;
}

/** An input of a stage. */
export interface StageDependency extends RecordedHash {
  /** Relative to the project, or a URL. */
  readonly path: string;
}

/** What a stage or a `.dvc` file produces. */
export interface StageOutput extends RecordedHash {
  /** Relative to the project, or a URL. */
  readonly path: string;
  readonly role: "out" | "metric" | "plot";
  /** Kept in the cache. */
  readonly isCached: boolean;
  /** Tracked by a `.dvc` file and made by no command of the project. */
  readonly isDataSource: boolean;
  /** How to draw it, for a plot; empty otherwise. */
  readonly properties: Mapping;
}

/** Params of one file; no keys: all of them. */
export interface ParamSelection {
  /** Relative to the project. */
  readonly path: string;
  readonly keys: readonly string[];
}

/** One stage, or one `.dvc` file. */
export interface ProjectStage {
  /** `undefined` for a `.dvc` file. */
  readonly name: string | undefined;
  /** The file that defines it, relative to the project. */
  readonly file: string;
  readonly deps: readonly StageDependency[];
  readonly params: readonly ParamSelection[];
  readonly outs: readonly StageOutput[];
  readonly usedVars: UsedVars;
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
}
