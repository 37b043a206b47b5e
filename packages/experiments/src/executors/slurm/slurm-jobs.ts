import { SlurmMissingError, SlurmSilentError } from "./errors.ts";
import { isJobOver, type JobRecord } from "./job-record.ts";
import { type JobStanding, judgeJob } from "./job-standing.ts";
import type { SlurmClient } from "./slurm-client.ts";
import type { SlurmJob } from "./slurm-job.ts";
import type { Submission, SubmittedTask } from "./submission.ts";

/** The newest job of a task. */
export interface TaskJob {
  readonly task: SubmittedTask;
  readonly submission: Submission;
  /** Element of the array. */
  readonly index: number;
  /** `17_3`; `null` when Slurm's answer to the submission was never seen. */
  readonly jobId: string | null;
  readonly record: JobRecord | undefined;
}

/**
 * Tells how jobs stand. Slurm is asked only about those that have not said themselves how they ended; when it does not
 * answer, that is what is told.
 *
 * @returns One per job, in their order.
 */
export async function readStandings(
  jobs: readonly TaskJob[],
  client: Pick<SlurmClient, "listJobs" | "listAccounted">,
): Promise<readonly JobStanding[]> {
  const open = jobs.filter(({ record }) => record === undefined || !isJobOver(record));
  const queue = await ask(open, async (ids) => client.listJobs(ids));
  const forgotten = open.filter(({ jobId }) => jobId !== null && !queue.jobs.has(jobId));
  const accounting = await ask(forgotten, async (ids) => (await client.listAccounted(ids)) ?? []);
  return jobs.map(({ record, jobId }) =>
    judgeJob(record, {
      queued: jobId === null ? undefined : queue.jobs.get(jobId),
      accounted: jobId === null ? undefined : accounting.jobs.get(jobId),
      silence: queue.silence ?? accounting.silence,
    }),
  );
}

interface Asked {
  readonly jobs: ReadonlyMap<string, SlurmJob>;
  readonly silence: string | undefined;
}

/** Arrays are asked for as a whole: that is one id instead of a thousand. */
async function ask(
  jobs: readonly TaskJob[],
  list: (ids: readonly string[]) => Promise<readonly SlurmJob[]>,
): Promise<Asked> {
  const ids = new Set(jobs.flatMap(({ jobId }) => (jobId === null ? [] : [jobId.split("_")[0] as string])));
  if (ids.size === 0) return { jobs: new Map(), silence: undefined };
  try {
    const known = await list([...ids]);
    return { jobs: new Map(known.map((job) => [job.id, job])), silence: undefined };
  } catch (error) {
    if (!(error instanceof SlurmSilentError || error instanceof SlurmMissingError)) throw error;
    return { jobs: new Map(), silence: error.message };
  }
}
