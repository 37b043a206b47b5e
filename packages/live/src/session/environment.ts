import { isAbsolute, resolve } from "node:path";
import type { Trouble } from "./trouble.ts";

/** Environment variables as given; ours first, DVC's and DVCLive's understood. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment asks of a run. */
export interface EnvironmentWishes {
  readonly dir: string | undefined;
  /** `true`, or the checkpoint to continue from: `NAME` or `NAME@STEP`. */
  readonly resume: boolean | string;
  /** A runner has begun a new run: what lies in the folder is of another one, whatever the script says. */
  readonly isFresh: boolean;
  readonly experimentName: string | undefined;
  readonly isTest: boolean;
  /** Shows an HTML report in the browser. */
  readonly opensReport: boolean;
  /** The stage's repository, inside a pipeline. */
  readonly dvcRoot: string | undefined;
  /** `none`; `repro`: a pipeline that saves nothing; `experiment`: a runner that saves what the script writes. */
  readonly pipeline: "none" | "repro" | "experiment";
  /** Where a runner waits for checkpoint requests. */
  readonly checkpointFolder: string | undefined;
  /** A DVC 2 runner waits for a signal file after each step. */
  readonly isDvc2Checkpoint: boolean;
  readonly baseline: string | undefined;
}

/** Reads what the environment asks for. Values that say neither yes nor no are warned of and ignored. */
export function readEnvironment(env: Environment, cwd: string, trouble: Trouble): EnvironmentWishes {
  const dvcRoot = given(env, "DVC_ROOT");
  const baseline = given(env, "DVC_EXP_BASELINE_REV");
  const checkpointFolder = given(env, "WAYMARK_CHECKPOINT_DIR");
  const isUnderRunner = checkpointFolder !== undefined || (dvcRoot !== undefined && baseline !== undefined);
  return {
    dir: given(env, "WAYMARK_DIR"),
    resume: readResume(env, trouble),
    isFresh: checkpointFolder !== undefined && parseTruth(given(env, "WAYMARK_RESUME") ?? "") === false,
    experimentName: given(env, "DVC_EXP_NAME"),
    isTest: readFlag(env, "DVCLIVE_TEST", trouble),
    opensReport: readFlag(env, "DVCLIVE_OPEN", trouble),
    dvcRoot: dvcRoot === undefined || isAbsolute(dvcRoot) ? dvcRoot : resolve(cwd, dvcRoot),
    pipeline: isUnderRunner ? "experiment" : dvcRoot === undefined ? "none" : "repro",
    checkpointFolder: checkpointFolder === undefined ? undefined : resolve(cwd, checkpointFolder),
    isDvc2Checkpoint: readFlag(env, "DVC_CHECKPOINT", trouble),
    baseline,
  };
}

const YES = ["1", "true", "yes", "y", "on"];
const NO = ["0", "false", "no", "n", "off"];

/** Reads a yes or a no, whatever its case; `undefined` for anything else. */
function parseTruth(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (YES.includes(word)) return true;
  return NO.includes(word) ? false : undefined;
}

/** The rank of this process in a distributed run, or `undefined` outside one. */
export function readRank(env: Environment): number | undefined {
  for (const name of ["RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID", "LOCAL_RANK"]) {
    const value = given(env, name);
    if (value !== undefined && /^\d+$/.test(value)) return Number(value);
  }
  return undefined;
}

function readResume(env: Environment, trouble: Trouble): boolean | string {
  const ours = given(env, "WAYMARK_RESUME");
  if (ours !== undefined) return parseTruth(ours) ?? ours;
  return readFlag(env, "DVCLIVE_RESUME", trouble);
}

function readFlag(env: Environment, name: string, trouble: Trouble): boolean {
  const value = given(env, name);
  if (value === undefined) return false;
  const truth = parseTruth(value);
  if (truth === undefined)
    trouble.warn(`env ${name}`, `${name} is '${value}', which is neither yes nor no: taken as no.`);
  return truth ?? false;
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}
