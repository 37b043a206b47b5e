import { runGitSync, withoutPasswords } from "@waymark/git";
import type { Project } from "../../project.ts";
import { QueueSharedError } from "../errors.ts";
import { listTasks } from "../list-tasks.ts";
import { listWorkers } from "../workers.ts";
import { QUEUE_REMOTE_SETTING, SharedQueue } from "./shared-queue.ts";

/**
 * Makes the queue of a Git remote the one of this clone, and puts the tasks there that wait here or are over.
 *
 * @returns How many tasks went there.
 * @throws {@link QueueSharedError} while workers have tasks of this clone, and for another remote than the one it is shared
 *   through; `TaskNameTakenError`, `QueueMovedError`, `GitRemoteError`, `InvalidGitRemoteError`: nothing has changed then.
 */
export async function shareQueue(project: Project, remote: string, signal?: AbortSignal): Promise<number> {
  const known = SharedQueue.open(project);
  if (known !== undefined && known.remote !== remote) {
    throw new QueueSharedError(
      `The queue of this clone is shared through '${withoutPasswords(known.remote)}'`,
      "End that first: waymark queue share --off",
    );
  }
  if (known !== undefined) {
    await known.refresh(undefined, signal);
    return 0;
  }
  requireIdle(project);
  const queue = SharedQueue.at(project, remote);
  const count = await queue.adopt(signal);
  runGitSync(project.repo, ["config", "--local", QUEUE_REMOTE_SETTING, remote]);
  return count;
}

/**
 * Makes the queue this clone's own again: an empty one, the tasks stay at the remote.
 *
 * @returns The remote; `undefined`: it was not shared.
 * @throws {@link QueueSharedError} while workers of this clone have tasks.
 */
export async function unshareQueue(project: Project): Promise<string | undefined> {
  const queue = SharedQueue.open(project);
  if (queue === undefined) return undefined;
  if (listWorkers(project).some(({ tasks }) => tasks.length > 0)) {
    throw new QueueSharedError(
      "Workers of this clone have tasks of the shared queue",
      "Let them finish, or stop them first: waymark queue stop --kill",
    );
  }
  // First: cut short in between, the queue is shared still, and the next look brings it again.
  await queue.forget();
  runGitSync(project.repo, ["config", "--local", "--unset-all", QUEUE_REMOTE_SETTING], {
    // 5: it is set elsewhere, for all repositories of the user.
    allowedExitCodes: [0, 5],
  });
  return withoutPasswords(queue.remote);
}

function requireIdle(project: Project): void {
  const [task] = listTasks(project, ["active"]);
  if (task === undefined) return;
  throw new QueueSharedError(
    `The task '${task.spec.name}' is running`,
    "Let its worker finish, or stop it first: waymark queue stop --kill",
  );
}

/** Returns the remote that the queue of this clone is shared through; `undefined`: it is this clone's alone. */
export function queueRemote(project: Project): string | undefined {
  const queue = SharedQueue.open(project);
  return queue === undefined ? undefined : withoutPasswords(queue.remote);
}

/**
 * For what works with the queue of this clone only.
 *
 * @throws {@link QueueSharedError} when it is shared.
 */
export function requireOwnQueue(project: Project): void {
  const remote = queueRemote(project);
  if (remote === undefined) return;
  throw new QueueSharedError(
    `The queue is shared through '${remote}': its tasks are taken by workers, not by Slurm`,
    "Start workers inside of a job (waymark queue work), or end the sharing: waymark queue share --off",
  );
}
