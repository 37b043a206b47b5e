import type { SlotOptions } from "../queue/slot-options.ts";
import type { StageOptions } from "../stage-options.ts";

/** Options of `exp run` as they are typed. */
export interface RunOptions extends StageOptions, SlotOptions {
  readonly name?: string;
  readonly message?: string;
  readonly message2?: string;
  readonly setParam?: readonly string[];
  /** False with `--no-hydra`. */
  readonly hydra?: boolean;
  readonly queue?: boolean;
  readonly runAll?: boolean;
  readonly jobs?: number;
  readonly temp?: boolean;
  readonly copyPaths?: readonly string[];
  readonly rev?: string;
  readonly reset?: boolean;
  readonly force?: boolean;
  readonly ignoreErrors?: boolean;
  readonly stop?: readonly string[];
  readonly maxTime?: number;
  readonly trials?: number;
  readonly seed?: number;
  readonly executor?: string;
  readonly sbatch?: readonly string[];
}
