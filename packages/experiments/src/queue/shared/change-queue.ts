import { GitRemoteError } from "@waymark/git";
import type { Project } from "../../project.ts";
import { QueueMovedError, TaskChangedError, TaskNameTakenError } from "../errors.ts";
import { QUEUE_REFS } from "../task-refs.ts";
import { SharedQueue } from "./shared-queue.ts";

/** How often a change is tried while others are quicker. */
const ATTEMPTS = 5;

/**
 * Changes the queue, wherever it is: that of this repository at once, a shared one together with its remote.
 *
 * @param action - Looks tasks up and changes them here; it sees those of the remote. Done once more when somebody else was
 *   quicker.
 * @throws What the action throws; {@link QueueMovedError}, {@link TaskNameTakenError}, `GitRemoteError`: nothing has changed
 *   then.
 */
export async function changeQueue<Answer>(
  project: Project,
  action: () => Answer,
  signal?: AbortSignal,
): Promise<Answer> {
  const shared = SharedQueue.open(project);
  if (shared === undefined) return changeHere(action);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await shared.transact(action, undefined, signal);
    } catch (error) {
      if (!(error instanceof QueueMovedError)) throw error;
      // It is tried on what is there now: whether it makes sense then, the action says.
      if (attempt < ATTEMPTS) continue;
      if (!error.ref.startsWith(`${QUEUE_REFS}/names/`)) throw error;
      throw new TaskNameTakenError(error.ref.split("/").at(-1) ?? "", "task");
    }
  }
}

function changeHere<Answer>(action: () => Answer): Answer {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return action();
    } catch (error) {
      // A worker has taken the task, or renewed its lease, just then.
      if (!(error instanceof TaskChangedError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Brings a shared queue up to date, for those who only look at it. One that is this repository's alone always is.
 *
 * @returns A sentence for the user when the remote cannot be reached: what is known is older, then.
 */
export async function refreshQueue(project: Project, signal?: AbortSignal): Promise<string | undefined> {
  const shared = SharedQueue.open(project);
  if (shared === undefined) return undefined;
  try {
    await shared.refresh(undefined, signal);
    return undefined;
  } catch (error) {
    const isAway = error instanceof GitRemoteError || (error instanceof Error && error.name === "TimeoutError");
    if (!isAway) throw error;
    const { askedMs } = shared;
    const age = askedMs === undefined ? "Nothing is known of its tasks." : `What follows is of ${ago(askedMs)}.`;
    return `${error.message}. ${age}`;
  }
}

function ago(ms: number): string {
  const minutes = Math.floor((Date.now() - ms) / 60_000);
  if (minutes < 1) return "less than a minute ago";
  if (minutes < 120) return `${minutes} min ago`;
  return new Date(ms).toISOString();
}
