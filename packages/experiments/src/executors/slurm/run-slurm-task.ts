import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openProject } from "../../project.ts";
import type { RunEffects } from "../../run/run-place.ts";
import { carryOutJob } from "./carry-out-job.ts";
import { SubmissionUnreadableError } from "./errors.ts";
import { type JobIdentity, readJobIdentity } from "./job-identity.ts";
import { type JobRecord, readJobRecord, writeJobRecord } from "./job-record.ts";
import { BundlePost } from "./mail/bundle-post.ts";
import { type JobClone, openJobClone } from "./mail/job-clone.ts";
import { readResult, readStart } from "./mail/letters.ts";
import { LocalPost } from "./mail/local-post.ts";
import type { Post } from "./mail/post.ts";
import { PostedWork } from "./mail/posted-work.ts";
import { RemotePost } from "./mail/remote-post.ts";
import { SlurmClient } from "./slurm-client.ts";
import { watchTime } from "./time-watch.ts";
import { readSubmission } from "./submission.ts";

/** Where a job finds its task. */
export type SlurmTaskSource =
  /** In the folder of a submission, which the node sees. */
  | { readonly kind: "shared"; readonly folder: string }
  /** At a Git remote. */
  | { readonly kind: "remote"; readonly url: string; readonly submission: string }
  /** As a bundle in a folder of the submission. */
  | { readonly kind: "bundle"; readonly folder: string; readonly submission: string };

/** The world of a job. */
export interface SlurmTaskOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the job's time is nearly up. */
  readonly warned: AbortSignal;
  /** Aborted when Slurm ends the job. */
  readonly ended: AbortSignal;
  /** Default: Slurm of this machine. */
  readonly client?: Pick<SlurmClient, "requeue"> & Partial<Pick<SlurmClient, "timeLeft">>;
}

/**
 * What a job of Slurm does: finds which task it is, runs it from the newest checkpoint there is, and leaves its record.
 *
 * @returns The last record of the job.
 * @throws `SubmissionUnreadableError`, `NoSlurmTaskError`.
 */
export async function runSlurmTask(
  source: SlurmTaskSource,
  options: SlurmTaskOptions,
  effects: RunEffects = {},
): Promise<JobRecord> {
  return source.kind === "shared" ? runShared(source.folder, options, effects) : runCopy(source, options, effects);
}

async function runShared(folder: string, options: SlurmTaskOptions, effects: RunEffects): Promise<JobRecord> {
  const submission = readSubmission(folder);
  const identity = readJobIdentity(options.env, submission.tasks.length);
  const { index } = identity;
  const project = openProject(submission.dvcRoot, options.env);
  const post = new LocalPost(submission.id, submission.tasks.length);
  const id = await post.bringStart(project.repo, index);
  const start = id === undefined ? undefined : readStart(project.repo, id)?.letter;
  if (start === undefined) throw new SubmissionUnreadableError(folder, `it has no letter to job ${index}`);
  const sent = await post.bringResult(project.repo, index);
  const before = sent === undefined ? undefined : readResult(project.repo, sent);
  const work = new PostedWork({ project, start, before }, { post, index, isCopy: false });
  return carryOut({ work, identity, start, before: readJobRecord(folder, index) }, options, effects, (record) => {
    if (!work.isLost) writeJobRecord(folder, index, record);
  });
}

async function runCopy(
  source: Exclude<SlurmTaskSource, { kind: "shared" }>,
  options: SlurmTaskOptions,
  effects: RunEffects,
): Promise<JobRecord> {
  const { env } = options;
  const { submission } = source;
  const identity = readJobIdentity(env, Infinity);
  const post: Post =
    source.kind === "remote" ? new RemotePost(source.url, submission) : new BundlePost(source.folder, submission);
  const scratch = mkdtempSync(join(env["SLURM_TMPDIR"] ?? env["TMPDIR"] ?? tmpdir(), "waymark-job-"));
  try {
    const clone = await openJobClone(join(scratch, "project"), post, identity.index, { ...env });
    const work = new PostedWork(clone, { post, index: identity.index, isCopy: true });
    const job = { work, identity, start: clone.start, before: clone.before?.letter.record };
    return await carryOut(job, options, effects, () => undefined);
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

interface JobToCarryOut {
  readonly work: PostedWork;
  readonly identity: JobIdentity;
  readonly start: JobClone["start"];
  readonly before: JobRecord | undefined;
}

async function carryOut(
  { work, identity, start, before }: JobToCarryOut,
  { env, warned, ended, client = new SlurmClient({ env }) }: SlurmTaskOptions,
  effects: RunEffects,
  keep: (record: JobRecord) => void,
): Promise<JobRecord> {
  const warnMs = start.warnSeconds * 1000;
  const time = watchTime(client, identity.jobId, warnMs);
  return carryOutJob({
    ...{ identity, task: start.task, before, ended, effects, warnMs },
    warned: AbortSignal.any([warned, time.signal]),
    record: async (record) => {
      await work.record(record);
      keep(record);
    },
    take: async () => (work.isLost ? { skipped: "another job has taken the task over" } : { work }),
    requeue: async () => client.requeue(identity.jobId),
  }).finally(() => time.close());
}
