import { createHash, hash as hashAtOnce, type Hash } from "node:crypto";
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
import { stampOf, type FileStamp } from "./state/file-stamp.ts";

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
  return { md5: hashAtOnce("md5", data), sizeBytes: data.byteLength };
}

/**
 * Returns the hash of a file, a symbolic link followed.
 *
 * @throws {@link FileChangedError} when it kept changing while it was read, {@link MissingSourceError} when there is
 *   no file.
 */
export function hashFileSync(path: string): ContentHash {
  return readStable(path, (source) => consume(source, undefined, false)).result;
}

/** A hash together with how the file looked while it was read. */
export interface StampedHash extends ContentHash {
  readonly stamp: FileStamp;
}

/** As {@link hashFileSync}, with what tells later that the file is still the same. */
export function hashStampedSync(path: string): StampedHash {
  const { result, stamp } = readStable(path, (source) => consume(source, undefined, false));
  return { ...result, stamp };
}

/**
 * Copies a file into an open descriptor and returns the hash of what was copied, in one pass.
 *
 * @param isFlushing - Sends what is written to the disk on the way, so that the flush at the end is short.
 * @throws As {@link hashFileSync}; the target then holds part of the file.
 */
export function copyAndHashSync(path: string, target: number, isFlushing = false): ContentHash {
  return readStable(path, (source) => consume(source, target, isFlushing)).result;
}

/**
 * Reads a file until it did not change meanwhile.
 *
 * @param read - Reads all of the file from its start, also when it is called again.
 * @throws As {@link hashFileSync}
 */
export function readStable<Result extends { readonly sizeBytes: number }>(
  path: string,
  read: (source: number) => Result,
): { readonly result: Result; readonly stamp: FileStamp } {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const source = openSource(path);
    try {
      const before = fstatSync(source, { bigint: true });
      if (!before.isFile()) throw new MissingSourceError(path, "it is not a file");
      const result = read(source);
      const after = fstatSync(source, { bigint: true });
      if (isSame(before, after, result.sizeBytes)) return { result, stamp: stampOf(after) };
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

/** Tells whether a file was the same before and after its bytes were read. */
export function isSame(before: BigIntStats, after: BigIntStats, readBytes: number): boolean {
  return (
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs &&
    after.size === BigInt(readBytes)
  );
}

function consume(source: number, target: number | undefined, isFlushing: boolean): ContentHash {
  buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
  let length = readSync(source, buffer, 0, BUFFER_BYTES, 0);
  // Of a file this short it was all of it: whether it grew meanwhile, the caller sees.
  if (target === undefined && length < BUFFER_BYTES) return hashBytes(buffer.subarray(0, length));
  const hash: Hash = createHash("md5");
  let sizeBytes = 0;
  let flushedBytes = 0;
  for (; length > 0; length = readSync(source, buffer, 0, BUFFER_BYTES, sizeBytes)) {
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
