import { rmSync } from "node:fs";
import type { Project } from "../../project.ts";
import { listTasks } from "../../queue/list-tasks.ts";
import { openPost } from "./mail/open-post.ts";
import { slurmTaskOf } from "./queue-tasks.ts";
import { listSubmissions, submissionFolder, writeSubmission } from "./submission.ts";

/** Of so many submissions that are over, records and what jobs printed stay to be looked at. */
const KEPT = 100;

/**
 * Takes away the letters of submissions none of whose tasks Slurm has any more: they would keep what they carried for
 * ever. Also forgets the oldest of those submissions.
 *
 * @param troubles - Takes what could not be taken away, one sentence each; it is tried again next time.
 */
export async function tidySubmissions(project: Project, troubles: string[] = [], signal?: AbortSignal): Promise<void> {
  // In this order: a submission that is listed has had its tasks for a while.
  const submissions = listSubmissions(project);
  const used = new Set(listTasks(project, ["active"]).map((task) => slurmTaskOf(task)?.submission));
  const over = submissions.filter(({ id }) => !used.has(id));
  for (const submission of over.filter(({ isOver }) => !isOver)) {
    try {
      await openPost(submission, signal).clear(project.repo);
      writeSubmission(submissionFolder(project, submission.id), { ...submission, isOver: true });
    } catch (error) {
      signal?.throwIfAborted();
      troubles.push(error instanceof Error ? error.message : String(error));
    }
  }
  for (const { id, isOver } of over.slice(0, Math.max(0, over.length - KEPT))) {
    if (isOver) rmSync(submissionFolder(project, id), { recursive: true, force: true });
  }
}
