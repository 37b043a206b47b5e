import { closeSync, openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "@waymark/files";
import { readRef } from "@waymark/git";
import type { Project } from "../project.ts";
import { runLogPath } from "../run/run-record.ts";
import { listTasks } from "./list-tasks.ts";
import { listRanks } from "./ranks.ts";
import { followSharedLog, isRunHere } from "./shared/follow-shared-log.ts";
import { SharedQueue } from "./shared/shared-queue.ts";
import type { QueueTask } from "./task.ts";
import { taskRef } from "./task-refs.ts";

/** Options of {@link followLog}. */
export interface FollowLogOptions {
  /** Goes on until the task is over, or removed. Default false: what there is now. */
  readonly isFollowing?: boolean;
  /** Ends the following. */
  readonly signal?: AbortSignal | undefined;
}

const POLL_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/**
 * Reads what a task has printed, from the first byte on; of one that another host of a shared queue has run, what was
 * sent.
 *
 * @returns Its bytes, piece by piece; none when it has not begun.
 */
export async function* followLog(
  project: Project,
  task: QueueTask,
  options: FollowLogOptions = {},
): AsyncGenerator<Uint8Array> {
  const { isFollowing = false, signal } = options;
  const { id, recordId } = task;
  const queue = SharedQueue.open(project);
  if (queue !== undefined && !isRunHere(project, task)) {
    yield* followSharedLog(project, queue, task, { isFollowing, signal });
    const [now] = listTasks(project, ["active"]).filter((each) => each.id === id);
    if (now === undefined || !isRunHere(project, now)) return;
  }
  const path = runLogPath(project, recordId);
  let offset = 0;
  for (;;) {
    // Asked before the last look, so that nothing is missed that came in between.
    const isOver = !isFollowing || signal?.aborted === true || !isOpen(project, id);
    for (let chunk = readChunk(path, offset); chunk.byteLength > 0; chunk = readChunk(path, offset)) {
      offset += chunk.byteLength;
      yield chunk;
    }
    if (isOver) return;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** Tells whether a task waits or runs: whoever watches an attempt that failed and is retried goes on watching. */
function isOpen({ repo }: Project, id: string): boolean {
  if (readRef(repo, taskRef("active", id)) !== undefined) return true;
  return readRef(repo, taskRef("done", id)) === undefined && listRanks(repo).some((rank) => rank.id === id);
}

function readChunk(path: string, offset: number): Uint8Array {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return new Uint8Array();
    throw error;
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    return chunk.subarray(0, readSync(file, chunk, 0, CHUNK_BYTES, offset));
  } finally {
    closeSync(file);
  }
}
