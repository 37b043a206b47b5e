import type { Project } from "../../project.ts";
import { toRepositoryPath } from "../../project.ts";
import type { RunStart } from "../../places/elsewhere.ts";
import type { RunSpec } from "../../run/run-spec.ts";
import { CarrierLimitError } from "./errors.ts";
import { writeStart } from "./mail/letters.ts";
import { openPost } from "./mail/open-post.ts";
import { ARRAY_LIMIT, planSubmission, type SubmissionPlan } from "./plan-submission.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { newSubmissionId, type SlurmCarrier, type Submission, submissionFolder } from "./submission.ts";
import { submitPlan } from "./submit-tasks.ts";

/** A run that is to become an element of a job array. */
export interface RunToSubmit {
  /** Task of the queue. */
  readonly task: string;
  /** Id of the record of its run. */
  readonly recordId: string;
  readonly spec: RunSpec;
  readonly start: RunStart;
}

/** How runs are submitted. */
export interface SubmitRunsOptions {
  readonly carrier: SlurmCarrier;
  /** What `--sbatch` was given. */
  readonly sbatch: readonly string[];
  /** How many may run at the same time. Default: as many as the cluster lets. */
  readonly jobs?: number | undefined;
  /** Starts our own program on a node, arguments to come. */
  readonly program: readonly string[];
}

/** An array as it would be submitted, and its runs. */
export interface PlannedSubmission {
  readonly plan: SubmissionPlan;
  readonly runs: readonly RunToSubmit[];
}

/**
 * Plans the job arrays of runs: one, or several where there are more runs than an array may have elements. Nothing is
 * done.
 *
 * @throws `SbatchOptionsError`; {@link CarrierLimitError} for what cannot travel.
 */
export function planSubmissions(
  project: Project,
  runs: readonly RunToSubmit[],
  options: SubmitRunsOptions,
): readonly PlannedSubmission[] {
  const { carrier, sbatch, jobs, program } = options;
  const bringing = runs.find(({ spec }) => spec.copyPaths.length > 0);
  if (carrier.kind !== "shared" && bringing !== undefined) {
    throw new CarrierLimitError(bringing.spec.name, bringing.spec.copyPaths);
  }
  const planned: PlannedSubmission[] = [];
  for (let at = 0; at < runs.length; at += ARRAY_LIMIT) {
    const part = runs.slice(at, at + ARRAY_LIMIT);
    const id = newSubmissionId();
    const tasks = part.map(({ task, spec }) => ({ id: task, name: spec.name, maxTimeMs: spec.rules.maxTimeMs }));
    const folder = submissionFolder(project, id);
    planned.push({ plan: planSubmission({ id, folder, tasks, carrier, sbatch, jobs, program }), runs: part });
  }
  return planned;
}

/**
 * Submits a planned array: what its jobs are to do is on its way before Slurm hears of them, and taken back when Slurm
 * refuses.
 *
 * @throws As `SlurmClient.submit`; `PostRefusedError`, `GitRemoteError` when code cannot be carried to the jobs.
 */
export async function submitRuns(
  project: Project,
  { plan, runs }: PlannedSubmission,
  client: Pick<SlurmClient, "submit">,
  signal?: AbortSignal,
): Promise<Submission> {
  const { repo } = project;
  const folder = toRepositoryPath(project.root, project.dvcRoot) || ".";
  const letters = runs.map(({ task, recordId, spec, start }) =>
    writeStart(repo, { schema: 1, task, spec, start: start.commit, recordId, folder, warnSeconds: plan.warnSeconds }),
  );
  const post = openPost(plan, signal);
  await post.sendStarts(repo, letters);
  try {
    return await submitPlan(project, plan, client);
  } catch (error) {
    await post.clear(repo).catch(() => undefined);
    throw error;
  }
}
