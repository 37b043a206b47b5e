/** Options of `exp run` as they are typed. */
export interface RunOptions {
  readonly name?: string;
  readonly message?: string;
  readonly message2?: string;
  readonly setParam?: readonly string[];
  readonly queue?: boolean;
  readonly runAll?: boolean;
  readonly jobs?: number;
  readonly temp?: boolean;
  readonly copyPaths?: readonly string[];
  readonly rev?: string;
  readonly reset?: boolean;
  readonly force?: boolean;
  readonly interactive?: boolean;
  readonly singleItem?: boolean;
  readonly pipeline?: boolean;
  readonly allPipelines?: boolean;
  readonly recursive?: boolean;
  readonly downstream?: boolean;
  readonly forceDownstream?: boolean;
  readonly pull?: boolean;
  readonly allowMissing?: boolean;
  readonly dry?: boolean;
  readonly keepGoing?: boolean;
  readonly ignoreErrors?: boolean;
  readonly stop?: readonly string[];
  readonly maxTime?: number;
  readonly trials?: number;
  readonly seed?: number;
  readonly gpus?: readonly string[];
  readonly executor?: string;
  readonly sbatch?: readonly string[];
}
