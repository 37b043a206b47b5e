import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { isErrno } from "@waymark/files";
import type { ContentHash } from "../hash.ts";
import { MissingSourceError } from "../errors.ts";
import { CorruptSourceError } from "./remote-errors.ts";
import type { UploadOptions } from "./remote-storage.ts";

/** Files up to this size are sent whole from memory: one read, one request, no chunks to keep in order. */
export const SMALL_FILE_BYTES = 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

/** A local file that is about to be sent. */
export interface SourceFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** All of its bytes, when it is small. */
  readonly data: Buffer | undefined;
}

/**
 * Reads a small file whole and checks its hash; of a large one only the size.
 *
 * @throws {@link CorruptSourceError}, {@link MissingSourceError}
 */
export function openSource(path: string, md5: string | undefined): SourceFile {
  // Synchronous: of a small file this takes less than handing it to another thread would.
  const descriptor = withSource(path, () => openSync(path, "r"));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new MissingSourceError(path, "it is not a file");
    if (stats.size > SMALL_FILE_BYTES) return { path, sizeBytes: stats.size, data: undefined };
    const data = readFileSync(descriptor);
    requireHash(path, md5, createHash("md5").update(data).digest("hex"));
    return { path, sizeBytes: data.byteLength, data };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a file in chunks that are the receiver's to keep. The last chunk is held back until the hash is known to be
 * right, so a receiver that counts bytes never sees a damaged file complete.
 *
 * @throws {@link CorruptSourceError} instead of the last chunk.
 */
export async function* readSource(
  source: SourceFile,
  options: Pick<UploadOptions, "md5" | "signal" | "onBytes"> & { readonly chunkBytes?: number },
): AsyncGenerator<Buffer, ContentHash> {
  const { md5, signal, onBytes, chunkBytes = CHUNK_BYTES } = options;
  const hash = createHash("md5");
  const handle = await openFile(source.path);
  let sizeBytes = 0;
  try {
    let held: Buffer | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, sizeBytes);
      if (bytesRead === 0) break;
      const part = chunk.subarray(0, bytesRead);
      hash.update(part);
      sizeBytes += bytesRead;
      if (held !== undefined) {
        yield held;
        onBytes?.(held.byteLength);
      }
      held = part;
    }
    const found = hash.digest("hex");
    requireHash(source.path, md5, found);
    // It grew or shrank on the way: what was announced to the server is wrong.
    if (sizeBytes !== source.sizeBytes) throw new CorruptSourceError(source.path, `${source.sizeBytes} bytes`, found);
    if (held !== undefined) {
      yield held;
      onBytes?.(held.byteLength);
    }
    return { md5: found, sizeBytes };
  } finally {
    await handle.close();
  }
}

/** @throws {@link CorruptSourceError} when a hash is not the wanted one. */
export function requireHash(path: string, wanted: string | undefined, found: string): void {
  if (wanted !== undefined && wanted !== found) throw new CorruptSourceError(path, wanted, found);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw explainMissing(path, error);
  }
}

function withSource<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainMissing(path, error);
  }
}

function explainMissing(path: string, error: unknown): unknown {
  return isErrno(error, "ENOENT", "ENOTDIR") ? new MissingSourceError(path) : error;
}
