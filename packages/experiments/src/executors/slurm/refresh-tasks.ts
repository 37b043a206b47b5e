import type { Project } from "../../project.ts";
import { listTasks } from "../../queue/list-tasks.ts";
import type { QueueTask } from "../../queue/task.ts";
import { isRunRecordOver, readRunRecord, writeRunRecord } from "../../run/run-record.ts";
import { isJobOver, type JobRecord, readJobRecord } from "./job-record.ts";
import type { JobStanding } from "./job-standing.ts";
import { collectResults } from "./mail/collect-results.ts";
import { forgetLiveFiles } from "./mail/letter-files.ts";
import { openPost } from "./mail/open-post.ts";
import { settleTask, slurmTaskOf, type TaskOutcome } from "./queue-tasks.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { readStandings, type TaskJob } from "./slurm-jobs.ts";
import { listSubmissions, type Submission, submissionFolder } from "./submission.ts";
import { tidySubmissions } from "./tidy-submissions.ts";

/** How a task of the queue stands that Slurm has, or had until now. */
export interface RefreshedTask {
  readonly task: QueueTask;
  /** `17_3`; `null` when Slurm's answer to the submission was never seen. */
  readonly jobId: string | null;
  readonly standing: JobStanding;
  /** It was over, and the queue knows it now. */
  readonly isSettled: boolean;
}

/** What {@link refreshSlurmTasks} found. */
export interface RefreshedTasks {
  readonly tasks: readonly RefreshedTask[];
  /** What could not be asked, one sentence each. */
  readonly troubles: readonly string[];
}

/**
 * Looks after the tasks that Slurm has: brings what jobs without a shared file system have made, and says in the queue how
 * those ended that could not say it themselves. What nobody knows stays as it is.
 */
export async function refreshSlurmTasks(
  project: Project,
  client: Pick<SlurmClient, "listJobs" | "listAccounted">,
  signal?: AbortSignal,
): Promise<RefreshedTasks> {
  const active = listTasks(project, ["active"]).filter((task) => slurmTaskOf(task) !== undefined);
  const troubles: string[] = [];
  if (active.length === 0) {
    await tidySubmissions(project, troubles, signal);
    return { tasks: [], troubles };
  }
  const submissions = new Map(listSubmissions(project).map((submission) => [submission.id, submission]));
  await collect(project, active, submissions, troubles, signal);
  const jobs = active.flatMap((task): readonly { readonly task: QueueTask; readonly job: TaskJob }[] => {
    const { submission: id = "", index = 0 } = slurmTaskOf(task) ?? {};
    const submission = submissions.get(id);
    const submitted = submission?.tasks[index];
    if (submission === undefined || submitted === undefined) return [];
    const record = readJobRecord(submissionFolder(project, id), index);
    const jobId = record?.jobId ?? (submission.jobId === null ? null : `${submission.jobId}_${index}`);
    return [{ task, job: { task: submitted, submission, index, jobId, record } }];
  });
  const standings = await readStandings(
    jobs.map(({ job }) => job),
    client,
  );
  const tasks = jobs.map(({ task, job }, at): RefreshedTask => {
    const standing = standings[at] as JobStanding;
    if (standing.silence !== undefined && !troubles.includes(standing.silence)) troubles.push(standing.silence);
    const outcome = standing.kind === "ended" ? describeEnd(task, job.record, standing) : undefined;
    const fence = task.lease?.fence ?? 0;
    const isSettled = outcome !== undefined && settleTask(project, task.id, fence, outcome);
    if (isSettled) endRecord(project, task.recordId, outcome);
    return { task, jobId: job.jobId, standing, isSettled };
  });
  await tidySubmissions(project, troubles, signal);
  return { tasks, troubles };
}

/**
 * Brings what jobs without a shared file system have made since, and says in the queue which of them have ended. Slurm is
 * not asked. Costs nothing where no such job goes on.
 *
 * @returns What could not be asked, one sentence each.
 */
export async function bringSlurmResults(project: Project, signal?: AbortSignal): Promise<readonly string[]> {
  const open = new Map(
    listSubmissions(project).flatMap((one) => (one.isOver || one.carrier.kind === "shared" ? [] : [[one.id, one]])),
  );
  if (open.size === 0) return [];
  const troubles: string[] = [];
  const active = listTasks(project, ["active"]).filter((task) => open.has(slurmTaskOf(task)?.submission ?? ""));
  await collect(project, active, open, troubles, signal);
  let hasSettled = false;
  for (const task of active) {
    const { submission = "", index = 0 } = slurmTaskOf(task) ?? {};
    const record = readJobRecord(submissionFolder(project, submission), index);
    if (record === undefined || !isJobOver(record)) continue;
    const standing = {
      kind: "ended",
      source: "record",
      detail: record.reason ?? record.state,
      isCancelled: false,
    } as const;
    hasSettled =
      settleTask(project, task.id, task.lease?.fence ?? 0, describeEnd(task, record, standing)) || hasSettled;
  }
  if (hasSettled) await tidySubmissions(project, troubles, signal);
  return troubles;
}

/** Has the record of a run say that it is over, whose process could not: nobody could look at it from here. */
export function endRecord(project: Project, recordId: string, { state, reason }: TaskOutcome): void {
  const record = readRunRecord(project, recordId);
  if (record !== undefined && !isRunRecordOver(record)) {
    writeRunRecord(project, { ...record, state, reason, endedAt: new Date().toISOString() });
  }
  forgetLiveFiles(project, recordId);
}

async function collect(
  project: Project,
  active: readonly QueueTask[],
  submissions: ReadonlyMap<string, Submission>,
  troubles: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const byId = new Map(active.map((task) => [task.id, task]));
  const used = new Set(active.map((task) => slurmTaskOf(task)?.submission ?? ""));
  for (const id of used) {
    const submission = submissions.get(id);
    if (submission === undefined || submission.carrier.kind === "shared") continue;
    try {
      await collectResults(project, submission, openPost(submission, signal), {
        mayLand: (task) => byId.has(task) && slurmTaskOf(byId.get(task) as QueueTask)?.submission === id,
        recordIdOf: (task) => byId.get(task)?.recordId,
      });
    } catch (error) {
      signal?.throwIfAborted();
      troubles.push(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What to say of a task whose job is over: in its own words, or in Slurm's. */
function describeEnd(task: QueueTask, record: JobRecord | undefined, standing: JobStanding): TaskOutcome {
  const { name } = task.spec;
  const commit = record?.commit ?? null;
  if (record !== undefined && isJobOver(record)) {
    const { state, exitCode, reason } = record;
    const isEnd = state !== "running" && state !== "evicted" && state !== "requeued" && state !== "skipped";
    return { state: isEnd ? state : "failed", name, commit, exitCode, reason };
  }
  const state = standing.isCancelled ? "killed" : "failed";
  return { state, name, commit, exitCode: null, reason: standing.detail };
}
