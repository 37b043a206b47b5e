import type { Project } from "../../project.ts";
import { claimTask } from "../claim-task.ts";
import { QueueMovedError } from "../errors.ts";
import type { HeldTask, LeaseRequest } from "../lease.ts";
import type { SharedQueue } from "./shared-queue.ts";

/** So often a worker tries for another task when somebody else was quicker. */
const ATTEMPTS = 8;

/**
 * Takes a task of a shared queue. Who was too late for the first one tries for one of those behind it: they would only
 * get in each other's way again.
 *
 * @returns `undefined` when there is none to be had.
 */
export async function claimShared(
  project: Project,
  queue: SharedQueue,
  request: LeaseRequest,
  signal: AbortSignal | undefined,
): Promise<HeldTask | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    let skipped = Math.floor(Math.random() * 2 * attempt);
    const wants = (): boolean => (skipped -= 1) < 0;
    try {
      const held = await queue.transact(() => claimTask(project, request, wants), undefined, signal);
      // Fewer wait than were passed over.
      if (held !== undefined || attempt === 0) return held;
    } catch (error) {
      if (!(error instanceof QueueMovedError)) throw error;
    }
  }
  return undefined;
}
