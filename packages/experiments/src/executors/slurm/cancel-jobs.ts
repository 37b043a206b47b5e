import type { Project } from "../../project.ts";
import { isJobOver } from "./job-record.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { findTaskJobs } from "./slurm-jobs.ts";

/**
 * Cancels the jobs of tasks, those that wait and those that run.
 *
 * @param tasks - Ids of tasks; those that were never submitted are passed over.
 * @returns The tasks whose jobs Slurm was told about.
 * @throws As `SlurmClient.cancel`.
 */
export async function cancelTaskJobs(
  project: Project,
  tasks: readonly string[],
  client: Pick<SlurmClient, "cancel">,
): Promise<readonly string[]> {
  const jobs = findTaskJobs(project);
  const open = tasks.flatMap((task) => {
    const job = jobs.get(task);
    const isOver = job?.record !== undefined && isJobOver(job.record);
    return job === undefined || job.jobId === null || isOver ? [] : [{ task, jobId: job.jobId }];
  });
  if (open.length > 0) await client.cancel(open.map(({ jobId }) => jobId));
  return open.map(({ task }) => task);
}
