import { type Project, refreshSlurmTasks, SlurmClient } from "@waymark/experiments";
import type { CommandContext } from "../command.ts";
import { toPrintable } from "../render/display-text.ts";

/** What is to be said of a task that Slurm has. */
export interface SlurmNote {
  /** `17_3`; `null` when it is not known. */
  readonly job: string | null;
  /** In one word: how it stands. */
  readonly word: "Queued" | "Running" | "Unknown";
  /** One line: why it waits, where it runs, or why nothing is known. */
  readonly detail: string;
}

const WORDS = { waiting: "Queued", running: "Running", ended: "Running", unknown: "Unknown" } as const;

/**
 * Has the queue hear of what happened in Slurm, and says what could not be asked.
 *
 * @returns What to say of the tasks that Slurm still has, by id.
 */
export async function refreshSlurm(
  project: Project,
  { env, ui, signal }: CommandContext,
): Promise<ReadonlyMap<string, SlurmNote>> {
  const { tasks, troubles } = await refreshSlurmTasks(project, new SlurmClient({ env }), signal);
  for (const trouble of troubles) ui.warn(toPrintable(trouble));
  const notes = tasks.flatMap(({ task, jobId, standing, isSettled }): readonly (readonly [string, SlurmNote])[] => {
    if (isSettled) return [];
    const detail = jobId === null ? standing.detail : `job ${jobId}: ${standing.detail}`;
    return [[task.id, { job: jobId, word: WORDS[standing.kind], detail }]];
  });
  return new Map(notes);
}
