import { type Project, toRepositoryPath } from "../../project.ts";
import type { QueueTask } from "../../queue/task.ts";
import { CarrierLimitError } from "./errors.ts";
import { writeStart } from "./mail/letters.ts";
import { openPost } from "./mail/open-post.ts";
import { ARRAY_LIMIT, planSubmission, type SubmissionPlan } from "./plan-submission.ts";
import { giveBackTasks, takeForSlurm } from "./queue-tasks.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { newSubmissionId, type SlurmCarrier, type Submission, submissionFolder } from "./submission.ts";
import { submitPlan } from "./submit-tasks.ts";

/** How tasks are submitted. */
export interface SubmitOptions {
  readonly carrier: SlurmCarrier;
  /** What `--sbatch` was given. */
  readonly sbatch: readonly string[];
  /** How many may run at the same time. Default: as many as the cluster lets. */
  readonly jobs?: number | undefined;
  /** Starts our own program on a node, arguments to come. */
  readonly program: readonly string[];
}

/** What a plan has to know of a task. */
export type TaskToPlan = Pick<QueueTask, "id" | "spec">;

/** An array as it would be submitted, and its tasks. */
export interface PlannedSubmission<Task extends TaskToPlan = TaskToPlan> {
  readonly plan: SubmissionPlan;
  readonly tasks: readonly Task[];
}

/**
 * Plans the job arrays of tasks: one, or several where there are more tasks than an array may have elements. Nothing is
 * done.
 *
 * @throws `SbatchOptionsError`; {@link CarrierLimitError} for what cannot travel.
 */
export function planSubmissions<Task extends TaskToPlan>(
  project: Project,
  tasks: readonly Task[],
  options: SubmitOptions,
): readonly PlannedSubmission<Task>[] {
  const bringing = tasks.find(({ spec }) => spec.copyPaths.length > 0);
  if (options.carrier.kind !== "shared" && bringing !== undefined) {
    throw new CarrierLimitError(bringing.spec.name, bringing.spec.copyPaths);
  }
  const planned: PlannedSubmission<Task>[] = [];
  for (let at = 0; at < tasks.length; at += ARRAY_LIMIT) {
    const part = tasks.slice(at, at + ARRAY_LIMIT);
    const id = newSubmissionId();
    const named = part.map(({ id: task, spec }) => ({ id: task, name: spec.name, maxTimeMs: spec.rules.maxTimeMs }));
    const plan = planSubmission({
      id,
      folder: submissionFolder(project, id),
      tasks: named,
      jobs: undefined,
      ...options,
    });
    planned.push({ plan, tasks: part });
  }
  return planned;
}

/**
 * Submits a planned array. Its tasks are taken from the queue, so that no worker has them, and what jobs are to do is on
 * its way before Slurm hears of them. When Slurm refuses, the tasks wait as they did before.
 *
 * @throws As `SlurmClient.submit`; `TaskChangedError` when a task was taken meanwhile; `PostRefusedError`,
 *   `GitRemoteError` when code cannot be carried to the jobs.
 */
export async function submitTasks(
  project: Project,
  { plan, tasks }: PlannedSubmission<QueueTask>,
  client: Pick<SlurmClient, "submit">,
  signal?: AbortSignal,
): Promise<Submission> {
  const { repo } = project;
  const taken = takeForSlurm(project, tasks, plan.id);
  const post = openPost(plan, signal);
  try {
    const folder = toRepositoryPath(project.root, project.dvcRoot) || ".";
    const letters = taken.map(({ id, spec, commit, recordId, lease }, at) =>
      writeStart(repo, {
        ...{ schema: 1, task: id, spec, start: commit, folder, warnSeconds: plan.warnSeconds },
        ...{ recordId, fence: lease?.fence ?? 0 },
        ...{ attempts: tasks[at]?.attempts ?? 0, result: tasks[at]?.result ?? null },
      }),
    );
    await post.sendStarts(repo, letters);
    return await submitPlan(project, plan, client);
  } catch (error) {
    await post.clear(repo).catch(() => undefined);
    giveBackTasks(project, taken, tasks);
    throw error;
  }
}
