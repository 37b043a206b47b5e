import type { RunParam } from "../run/run-spec.ts";

/** What one run of a sweep, or the only run, begins with besides the files of its commit or workspace. */
export interface OverrideSet {
  /** Params files as the overrides make them, by path relative to the root of the repository. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What was set, in the order typed. */
  readonly params: readonly RunParam[];
  /**
   * The overrides of each file, named as typed: what DVC prints of a sweep. Those of a sweep are as Hydra writes them,
   * such as `lr=0.1`.
   */
  readonly overrides: ReadonlyMap<string, readonly string[]>;
}

/** Options of `planOverrides`. */
export interface PlanOverridesOptions {
  /** Whether `lr=0.1,0.2` may make several sets; where a single run was asked for, it is refused. */
  readonly isSweepAllowed: boolean;
  /** Whether params.yaml is composed where `hydra.enabled` says so. Default true. */
  readonly isComposing?: boolean;
  /**
   * `NAME`, `NAME@STEP` or the id of a commit: params are set in the files of this checkpoint, and composed by it alone.
   * Default: in those of the workspace.
   */
  readonly checkpoint?: string | undefined;
  /** Values drawn from intervals, together: so many points for each combination of the rest. Default: none. */
  readonly trials?: number;
  /** Of everything drawn. Default 0: the same command draws the same values. */
  readonly seed?: number;
  /** How intervals are drawn: spread evenly (Sobol), or each by itself. Default `quasi-random`. */
  readonly sampling?: "quasi-random" | "random";
  /** Most runs a sweep may have. Default 10,000. */
  readonly maxRuns?: number;
  /** Folder that files are named from, absolute. Default: the DVC folder of the project. */
  readonly cwd?: string;
  /** What `${oc.env:NAME}` reads, and where DVC's settings are looked for. Default: the variables of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
