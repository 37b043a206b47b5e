import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Project } from "../../project.ts";
import type { SubmissionPlan } from "./plan-submission.ts";
import type { SlurmClient } from "./slurm-client.ts";
import { type Submission, writeSubmission } from "./submission.ts";

/**
 * Submits a planned job array. What its elements are to do is on disk before Slurm hears of them; when Slurm refuses,
 * nothing of it stays.
 *
 * @returns The submission, with Slurm's number.
 * @throws As `SlurmClient.submit`.
 */
export async function submitPlan(
  { dvcRoot }: Pick<Project, "dvcRoot">,
  plan: SubmissionPlan,
  client: Pick<SlurmClient, "submit">,
  nowMs: number = Date.now(),
): Promise<Submission> {
  const { id, folder, tasks, carrier, warnSeconds } = plan;
  const submission: Submission = {
    ...{ schema: 1, id, submittedAt: new Date(nowMs).toISOString(), jobId: null },
    ...{ carrier, dvcRoot, warnSeconds, tasks, isOver: false },
  };
  mkdirSync(folder, { recursive: true });
  try {
    writeSubmission(folder, submission);
    writeFileSync(plan.scriptPath, plan.script, { mode: 0o700 });
    const jobId = await client.submit(plan.args);
    const taken: Submission = { ...submission, jobId };
    writeSubmission(folder, taken);
    return taken;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
