import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { isErrno } from "@waymark/files";
import { FileChangedError, MissingSourceError } from "./errors.ts";

/** What identifies content. */
export interface ContentHash {
  /** 32 hex digits. */
  readonly md5: string;
  readonly sizeBytes: number;
}

/** Large enough that calls cost nothing, small enough for the processor's cache. */
const BUFFER_BYTES = 256 * 1024;
/** While a large file is copied, what is written goes to the disk in portions of this size. */
const FLUSH_BYTES = 32 * 1024 * 1024;
const ATTEMPTS = 3;

// One buffer for all calls: they are synchronous, so no two use it at once.
let buffer: Buffer | undefined;

/** Returns the hash of bytes in memory. */
export function hashBytes(data: Uint8Array): ContentHash {
  return { md5: createHash("md5").update(data).digest("hex"), sizeBytes: data.byteLength };
}

/**
 * Returns the hash of a file, a symbolic link followed.
 *
 * @throws {@link FileChangedError} when it kept changing while it was read, {@link MissingSourceError} when there is
 *   no file.
 */
export function hashFileSync(path: string): ContentHash {
  return readStable(path, (source) => consume(source, undefined, false));
}

/**
 * Copies a file into an open descriptor and returns the hash of what was copied, in one pass.
 *
 * @param isFlushing - Sends what is written to the disk on the way, so that the flush at the end is short.
 * @throws As {@link hashFileSync}; the target then holds part of the file.
 */
export function copyAndHashSync(path: string, target: number, isFlushing = false): ContentHash {
  return readStable(path, (source) => consume(source, target, isFlushing));
}

function readStable(path: string, read: (source: number) => ContentHash): ContentHash {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const source = openSource(path);
    try {
      const before = fstatSync(source, { bigint: true });
      if (!before.isFile()) throw new MissingSourceError(path, "it is not a file");
      const hash = read(source);
      if (isSame(before, fstatSync(source, { bigint: true }), hash)) return hash;
    } finally {
      closeSync(source);
    }
  }
  throw new FileChangedError(path);
}

function openSource(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw new MissingSourceError(path);
    throw error;
  }
}

function isSame(before: BigIntStats, after: BigIntStats, hash: ContentHash): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    after.size === BigInt(hash.sizeBytes)
  );
}

function consume(source: number, target: number | undefined, isFlushing: boolean): ContentHash {
  buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
  const hash: Hash = createHash("md5");
  let sizeBytes = 0;
  let flushedBytes = 0;
  for (;;) {
    const length = readSync(source, buffer, 0, BUFFER_BYTES, sizeBytes);
    if (length === 0) break;
    const chunk = buffer.subarray(0, length);
    hash.update(chunk);
    if (target !== undefined) writeAll(target, chunk, sizeBytes);
    sizeBytes += length;
    if (isFlushing && target !== undefined && sizeBytes - flushedBytes >= FLUSH_BYTES) {
      // Runs on a thread of its own although this one does not pause. Whether it succeeds does not matter: the
      // flush at the end answers for all of it.
      fdatasync(target, () => {});
      flushedBytes = sizeBytes;
    }
  }
  // A pass before this one may have written more.
  if (target !== undefined) ftruncateSync(target, sizeBytes);
  return { md5: hash.digest("hex"), sizeBytes };
}

function writeAll(target: number, chunk: Buffer, position: number): void {
  for (let offset = 0; offset < chunk.byteLength;) {
    offset += writeSync(target, chunk, offset, chunk.byteLength - offset, position + offset);
  }
}
