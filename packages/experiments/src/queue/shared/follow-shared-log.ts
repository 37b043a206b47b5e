import { setTimeout as sleep } from "node:timers/promises";
import { processState } from "@waymark/files";
import { GitRemoteError } from "@waymark/git";
import type { Project } from "../../project.ts";
import { readRunRecord } from "../../run/run-record.ts";
import { listTasks } from "../list-tasks.ts";
import type { QueueTask } from "../task.ts";
import type { SharedQueue } from "./shared-queue.ts";
import { bringLog } from "./task-log.ts";

const POLL_MS = 5000;

/** What there is of the log of a task that runs, or ran, elsewhere. */
export interface SharedLogOptions {
  readonly isFollowing: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads what a task of a shared queue has printed on another host, as far as it was sent: the end of a long log, about once
 * a minute while it runs.
 *
 * @returns Its bytes, piece by piece, until it is over, or runs on this host from now on.
 */
export async function* followSharedLog(
  project: Project,
  queue: SharedQueue,
  task: QueueTask,
  { isFollowing, signal }: SharedLogOptions,
): AsyncGenerator<Uint8Array> {
  let next = 0;
  for (;;) {
    const now = await look(project, queue, task, signal);
    if (now !== undefined && isRunHere(project, now)) return;
    const isOver = !isFollowing || signal?.aborted === true || now === undefined || now.place === "done";
    const piece = await bringLog(project.repo, queue.remote, task.id, queue.access(signal)).catch(passOver);
    if (piece !== undefined) {
      const end = piece.start + piece.text.byteLength;
      // A log that is shorter than it was is that of another attempt.
      const from = next > end ? piece.start : Math.max(next, piece.start);
      if (from < end) yield piece.text.subarray(from - piece.start);
      next = end;
    }
    if (isOver) return;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

/** Tells whether the newest attempt of a task is, or was, one of this host. */
export function isRunHere(project: Project, { recordId, lease, result }: QueueTask): boolean {
  const record = readRunRecord(project, recordId);
  if (record === undefined) return false;
  if (lease !== null) return processState(lease.holder) !== "elsewhere" && record.pid === lease.holder.pid;
  return result === null || (record.commit === result.commit && record.endedAt !== null);
}

async function look(
  project: Project,
  queue: SharedQueue,
  { id }: QueueTask,
  signal: AbortSignal | undefined,
): Promise<QueueTask | undefined> {
  await queue.refresh(undefined, signal).catch(passOver);
  return listTasks(project).find((task) => task.id === id);
}

/** A remote that is away for a while ends no following. */
function passOver(error: unknown): undefined {
  const mayPass = error instanceof GitRemoteError || (error instanceof Error && /Abort|Timeout/u.test(error.name));
  if (!mayPass) throw error;
  return undefined;
}
