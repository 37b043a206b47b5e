import type { Project } from "../../project.ts";
import type { QueueTask } from "../../queue/task.ts";
import { readJobRecord } from "./job-record.ts";
import { settleTask, slurmTaskOf } from "./queue-tasks.ts";
import { endRecord } from "./refresh-tasks.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { listSubmissions, submissionFolder } from "./submission.ts";

/**
 * Ends tasks that Slurm has: cancels their jobs, those that wait and those that run, and says in the queue that they were
 * killed. From then on a job can write nothing any more, however long it takes to end.
 *
 * @param tasks - Those that Slurm has not are passed over.
 * @returns The tasks that are over now.
 * @throws As `SlurmClient.cancel`: nothing was changed then.
 */
export async function killSlurmTasks(
  project: Project,
  tasks: readonly QueueTask[],
  client: Pick<SlurmClient, "cancel">,
): Promise<readonly QueueTask[]> {
  const ours = tasks.filter((task) => slurmTaskOf(task) !== undefined);
  if (ours.length === 0) return [];
  const submissions = new Map(listSubmissions(project).map((submission) => [submission.id, submission]));
  const jobs = ours.flatMap((task) => {
    const { submission: id = "", index = 0 } = slurmTaskOf(task) ?? {};
    const jobId = submissions.get(id)?.jobId ?? null;
    return jobId === null ? [] : [`${jobId}_${index}`];
  });
  if (jobs.length > 0) await client.cancel(jobs);
  return ours.filter((task) => {
    const { submission: id = "", index = 0 } = slurmTaskOf(task) ?? {};
    const commit = readJobRecord(submissionFolder(project, id), index)?.commit ?? null;
    const outcome = { state: "killed", name: task.spec.name, commit, exitCode: null, reason: "it was killed" } as const;
    const isSettled = settleTask(project, task.id, task.lease?.fence ?? 0, outcome);
    if (isSettled) endRecord(project, task.recordId, outcome);
    return isSettled;
  });
}
