import { join } from "node:path";
import { formatBatchScript, formatJobName } from "./batch-script.ts";
import { parseSbatchOptions } from "./sbatch-options.ts";
import { formatSlurmTime } from "./slurm-time.ts";
import type { SlurmCarrier, SubmittedTask } from "./submission.ts";

/** A task that is to be submitted. */
export interface TaskToSubmit extends SubmittedTask {
  /** Time its run may take, in milliseconds; `null`: any. */
  readonly maxTimeMs: number | null;
}

/** What to submit, and how. */
export interface SubmissionRequest {
  /** Id of the submission. */
  readonly id: string;
  /** Its folder, absolute. */
  readonly folder: string;
  readonly tasks: readonly TaskToSubmit[];
  readonly carrier: SlurmCarrier;
  /** What `--sbatch` was given. */
  readonly sbatch: readonly string[];
  /** How many may run at the same time; `undefined`: as many as the cluster lets. */
  readonly jobs: number | undefined;
  /** Starts our own program on a node, arguments to come. */
  readonly program: readonly string[];
}

/** A job array as it would be submitted. */
export interface SubmissionPlan {
  readonly id: string;
  readonly folder: string;
  readonly tasks: readonly SubmittedTask[];
  readonly carrier: SlurmCarrier;
  readonly warnSeconds: number;
  readonly scriptPath: string;
  readonly script: string;
  /** Of sbatch, the script last. */
  readonly args: readonly string[];
}

/** As many elements an array may have where the cluster does not say otherwise. */
export const ARRAY_LIMIT = 1000;
/** Enough for a checkpoint of a large model. */
const WARN_SECONDS = 120;
/** A run that is stopped because its time is up has to be saved. */
const SAVING_MS = 60_000;

/**
 * Plans a job array with one element for each task. Nothing is done.
 *
 * @throws `SbatchOptionsError`
 */
export function planSubmission(request: SubmissionRequest): SubmissionPlan {
  const { id, folder, tasks, carrier, jobs } = request;
  const options = parseSbatchOptions(request.sbatch);
  const warnSeconds = options.warnSeconds ?? WARN_SECONDS;
  const scriptPath = join(folder, "job.sh");
  const throttle = jobs === undefined || jobs >= tasks.length ? "" : `%${Math.max(1, jobs)}`;
  const timeMs = options.hasTime ? undefined : commonTime(tasks);
  const args = [
    `--job-name=${formatJobName(tasks.map(({ name }) => name))}`,
    `--array=0-${tasks.length - 1}${throttle}`,
    "--requeue",
    "--open-mode=append",
    `--chdir=${carrier.kind === "shared" ? escapePattern(folder) : "/"}`,
    ...(options.hasOutput ? [] : [`--output=${outputPattern(folder, carrier)}`]),
    ...(options.warnSeconds === undefined ? [`--signal=B:USR1@${warnSeconds}`] : []),
    ...(timeMs === undefined ? [] : [`--time=${formatSlurmTime(timeMs + warnSeconds * 1000 + SAVING_MS)}`]),
    ...options.words,
    scriptPath,
  ];
  const about = `Waymark: element N of the array is task N of submission ${id}.`;
  const script = formatBatchScript({ command: [...request.program, ...jobArguments(request)], about });
  const submitted = tasks.map(({ id: task, name }) => ({ id: task, name }));
  return { id, folder, tasks: submitted, carrier, warnSeconds, scriptPath, script, args };
}

/** The words after `slurm-task`: where the job finds what it is to do. */
function jobArguments({ id, folder, carrier }: SubmissionRequest): readonly string[] {
  switch (carrier.kind) {
    case "shared":
      return ["slurm-task", folder];
    case "bundle":
      return ["slurm-task", "--bundles", join(carrier.folder, id)];
    case "remote":
      return ["slurm-task", "--remote", carrier.url, id];
  }
}

/** The longest time that any of them may take; none when one may take any. */
function commonTime(tasks: readonly TaskToSubmit[]): number | undefined {
  const times = tasks.map(({ maxTimeMs }) => maxTimeMs);
  return times.some((time) => time === null) ? undefined : Math.max(...times.map((time) => time ?? 0));
}

/** Where a job prints what is not its run's: why it could not begin, above all. */
function outputPattern(folder: string, carrier: SlurmCarrier): string {
  switch (carrier.kind) {
    case "shared":
      return `${escapePattern(folder)}/slurm-%a.log`;
    case "bundle":
      return `${escapePattern(carrier.folder)}/waymark-%A_%a.log`;
    case "remote":
      // Only the node itself sees it; anything else would have to be there already.
      return "/tmp/waymark-%A_%a.log";
  }
}

/** Slurm puts its own words for `%` and letters into names of files. */
function escapePattern(path: string): string {
  return path.replaceAll("%", "%%");
}
