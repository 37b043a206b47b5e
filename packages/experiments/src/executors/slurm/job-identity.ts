import { NoSlurmTaskError } from "./errors.ts";

/** Which job this process is, by the variables that Slurm sets. */
export interface JobIdentity {
  /** `17_3`: as Slurm's programs take it. */
  readonly jobId: string;
  /** Element of the array: the place of its task in the submission. */
  readonly index: number;
  /** How often Slurm has started it anew. */
  readonly restarts: number;
  /** Empty where Slurm does not say. */
  readonly node: string;
}

/**
 * Reads which job this process is.
 *
 * @param count - How many tasks there are.
 * @throws {@link NoSlurmTaskError} outside of a job array, and for an element without a task.
 */
export function readJobIdentity(env: Readonly<Record<string, string | undefined>>, count: number): JobIdentity {
  const element = env["SLURM_ARRAY_TASK_ID"];
  const job = env["SLURM_ARRAY_JOB_ID"];
  const index = Number(element);
  if (element === undefined || job === undefined || !/^\d+$/u.test(element) || index >= count) {
    throw new NoSlurmTaskError(element, count);
  }
  const restarts = Number(env["SLURM_RESTART_COUNT"] ?? "0");
  return {
    jobId: `${job}_${index}`,
    index,
    restarts: Number.isSafeInteger(restarts) ? restarts : 0,
    node: env["SLURMD_NODENAME"] ?? "",
  };
}
