import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { isErrno } from "@waymark/files";
import { FileChangedError, MissingSourceError } from "../errors.ts";
import { isSame, type StampedHash } from "../hash.ts";
import { stampOf } from "../state/file-stamp.ts";
import type { JobControl } from "./job-control.ts";

/** Long enough that waiting costs nothing, short enough for three of them in the processor's cache. */
const PIECE_BYTES = 1024 * 1024;
/** While a large file is copied, what is written goes to the disk in portions of this size. */
const FLUSH_BYTES = 64 * 1024 * 1024;
const ATTEMPTS = 3;

/**
 * Hashes a large file: while one piece is hashed, the next is read and, when there is a target, the one before is
 * written. Never more than three pieces are in memory.
 *
 * @param target - Takes a copy; it must be new, and is durable only when `isDurable` says so.
 * @throws As `hashFileSync`; the target then holds part of the file.
 */
export async function streamFile(
  path: string,
  control: JobControl,
  target?: string,
  isDurable = false,
): Promise<StampedHash> {
  const source = await openSource(path);
  const copy = target === undefined ? undefined : await open(target, "wx", 0o600);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await source.stat({ bigint: true });
      if (!before.isFile()) throw new MissingSourceError(path, "it is not a file");
      const hash = await passThrough(source, copy, control, isDurable);
      const after = await source.stat({ bigint: true });
      if (isSame(before, after, hash.sizeBytes)) {
        if (isDurable) await copy?.sync();
        return { ...hash, stamp: stampOf(after) };
      }
      // What was counted is read again.
      control.addBytes(-hash.sizeBytes);
      await copy?.truncate(0);
    }
    throw new FileChangedError(path);
  } finally {
    await source.close();
    await copy?.close();
  }
}

async function passThrough(
  source: FileHandle,
  copy: FileHandle | undefined,
  control: JobControl,
  isFlushing: boolean,
): Promise<{ md5: string; sizeBytes: number }> {
  const hash = createHash("md5");
  const pieces = [0, 1, 2].map(() => Buffer.allocUnsafeSlow(PIECE_BYTES));
  let sizeBytes = 0;
  let flushedBytes = 0;
  let reading = readPiece(source, pieces[0], 0);
  let writing = Promise.resolve();
  try {
    for (let turn = 0; ; turn += 1) {
      const piece = await reading;
      if (piece.length === 0) break;
      control.throwIfAborted();
      const start = sizeBytes;
      sizeBytes += piece.length;
      reading = readPiece(source, pieces[(turn + 1) % 3], sizeBytes);
      await writing;
      if (copy !== undefined) writing = writePiece(copy, piece, start);
      hash.update(piece);
      control.addBytes(piece.length);
      if (copy !== undefined && isFlushing && sizeBytes - flushedBytes >= FLUSH_BYTES) {
        // So that the flush at the end, which answers for all of it, is short.
        writing = writing.then(async () => copy.datasync());
        flushedBytes = sizeBytes;
      }
    }
    await writing;
  } finally {
    // Both end before the files are closed, whatever happened.
    await Promise.allSettled([reading, writing]);
  }
  return { md5: hash.digest("hex"), sizeBytes };
}

async function readPiece(source: FileHandle, buffer: Buffer | undefined, position: number): Promise<Buffer> {
  if (buffer === undefined) throw new RangeError("there is no such piece");
  const { bytesRead } = await source.read(buffer, 0, PIECE_BYTES, position);
  return buffer.subarray(0, bytesRead);
}

async function writePiece(target: FileHandle, piece: Buffer, position: number): Promise<void> {
  for (let offset = 0; offset < piece.length;) {
    const { bytesWritten } = await target.write(piece, offset, piece.length - offset, position + offset);
    offset += bytesWritten;
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw new MissingSourceError(path);
    throw error;
  }
}
