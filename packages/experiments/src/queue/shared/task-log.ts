import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isErrno } from "@waymark/files";
import {
  fetchObjects,
  type GitRepository,
  listRemoteRefs,
  readObjectsSync,
  type RemoteAccess,
  type RemoteRefUpdate,
  writeObjects,
} from "@waymark/git";
import { parseTaskRef } from "../task-refs.ts";

/** Where tasks of a shared queue keep what they print: beside the queue, so that nobody fetches it who does not ask. */
export const LOG_REFS = "refs/waymark/queue-logs";

/** So much of the end of a log travels while its task runs, and once it is over. */
const RUNNING_BYTES = 64 * 1024;
const FINAL_BYTES = 1024 * 1024;

/** A piece of what a task has printed. */
export interface TaskLogPiece {
  /** Of its first byte in the whole log. */
  readonly start: number;
  readonly text: Buffer;
}

/** Returns the ref of the log of a task. */
export function logRef(id: string): string {
  return `${LOG_REFS}/${id}`;
}

/**
 * Stores the end of a log as an object to be pushed.
 *
 * @returns Its id; `undefined` when there is no log.
 */
export function storeLog(repo: GitRepository, path: string, isOver: boolean): string | undefined {
  const piece = readEnd(path, isOver ? FINAL_BYTES : RUNNING_BYTES);
  if (piece === undefined) return undefined;
  const data = Buffer.concat([Buffer.from(`${JSON.stringify({ start: piece.start })}\n`), piece.text]);
  return writeObjects(repo, [{ type: "blob", data }], { durable: false })[0];
}

/** Brings the log of a task that ran elsewhere; `undefined` when there is none. */
export async function bringLog(
  repo: GitRepository,
  remote: string,
  id: string,
  access: RemoteAccess = {},
): Promise<TaskLogPiece | undefined> {
  const refs = await listRemoteRefs(repo, remote, [LOG_REFS], access);
  const object = refs.find(({ name }) => name === logRef(id))?.id;
  if (object === undefined) return undefined;
  await fetchObjects(repo, remote, [object], access);
  const [blob] = readObjectsSync(repo, [object]);
  return blob?.type === "blob" ? parseLog(blob.data) : undefined;
}

/** Logs of tasks that a change takes out of the queue go with them. */
export async function logsOfRemoved(
  repo: GitRepository,
  remote: string,
  changes: readonly RemoteRefUpdate[],
  access: RemoteAccess,
): Promise<readonly RemoteRefUpdate[]> {
  const idOf = ({ ref }: RemoteRefUpdate): string | undefined => parseTaskRef(ref)?.id;
  const kept = new Set(changes.filter(({ newId }) => newId !== null).map(idOf));
  const removed = changes.flatMap((change) => {
    const id = change.newId === null ? idOf(change) : undefined;
    return id === undefined || kept.has(id) ? [] : [logRef(id)];
  });
  if (removed.length === 0) return [];
  const gone = new Set(removed);
  const refs = await listRemoteRefs(repo, remote, [LOG_REFS], access);
  return refs.filter(({ name }) => gone.has(name)).map(({ name, id }) => ({ ref: name, newId: null, oldId: id }));
}

function parseLog(data: Buffer): TaskLogPiece | undefined {
  const end = data.indexOf(0x0a);
  const start = /^\{"start":(\d{1,15})\}$/u.exec(data.toString("latin1", 0, Math.max(end, 0)))?.[1];
  return start === undefined ? undefined : { start: Number(start), text: data.subarray(end + 1) };
}

function readEnd(path: string, limit: number): TaskLogPiece | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const start = Math.max(0, size - limit);
    const text = Buffer.allocUnsafe(size - start);
    return { start, text: text.subarray(0, readSync(file, text, 0, text.byteLength, start)) };
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
