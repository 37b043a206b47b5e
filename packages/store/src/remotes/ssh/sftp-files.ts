import type { RemoteRead } from "../download-stream.ts";
import type { UploadOptions } from "../remote-storage.ts";
import { readSource, type SourceFile } from "../source-file.ts";
import type { SftpCalls } from "./sftp-calls.ts";

/** Servers take and give at least this much in one message. */
const MESSAGE_BYTES = 32 * 1024;
/** Messages on their way at once for one file: what keeps a distant connection busy, 2 MiB. */
const MESSAGES = 64;

/** Writes a file into an open handle, many messages at a time, and closes it. */
export async function sendFile(
  calls: SftpCalls,
  handle: Buffer,
  source: SourceFile,
  options: UploadOptions,
): Promise<void> {
  if (source.data !== undefined) {
    // A server does what concerns one file in the order it was asked, so nothing waits for the writing but the end.
    const written = source.sizeBytes > 0 ? writeChunk(calls, handle, source.data, 0) : undefined;
    await Promise.all([written, calls.close(handle)]);
    options.onBytes?.(source.sizeBytes);
    return;
  }
  const writing = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let position = 0;
  for await (const chunk of readSource(source, options)) {
    for (let at = 0; at < chunk.byteLength; at += MESSAGE_BYTES) {
      const part = chunk.subarray(at, at + MESSAGE_BYTES);
      const write = calls.write(handle, part, position + at).catch((error: unknown) => {
        failure ??= { error };
      });
      writing.add(write);
      void write.finally(() => writing.delete(write));
      if (writing.size >= MESSAGES) await Promise.race(writing);
    }
    if (failure !== undefined) throw failure.error;
    position += chunk.byteLength;
  }
  await Promise.all(writing);
  if (failure !== undefined) throw failure.error;
  await calls.close(handle);
}

async function writeChunk(calls: SftpCalls, handle: Buffer, data: Buffer, position: number): Promise<void> {
  const parts = Math.ceil(data.byteLength / MESSAGE_BYTES);
  await Promise.all(
    Array.from({ length: parts }, async (_, part) => {
      const at = part * MESSAGE_BYTES;
      await calls.write(handle, data.subarray(at, at + MESSAGE_BYTES), position + at);
    }),
  );
}

/** Reads an open file from an offset to its end, or from its beginning when it is shorter than that. */
export async function openForReading(calls: SftpCalls, handle: Buffer, offset: number): Promise<RemoteRead> {
  // Asked for together: of a small file, that is all there is to wait for.
  const [{ size }, first] = await Promise.all([calls.fstat(handle), readPart(calls, handle, offset, MESSAGE_BYTES, 1)]);
  const start = offset <= size ? offset : 0;
  const beginning = start === offset ? first.subarray(0, size - start) : Buffer.alloc(0);
  return { stream: receive(calls, handle, start, size, beginning), offset: start, sizeBytes: size };
}

/**
 * Reads an open file in order, many messages ahead, and closes it.
 *
 * @param beginning - What came of it already.
 */
async function* receive(
  calls: SftpCalls,
  handle: Buffer,
  start: number,
  sizeBytes: number,
  beginning: Buffer,
): AsyncGenerator<Buffer> {
  const reading: Promise<Buffer>[] = [];
  let next = start + beginning.byteLength;
  const readAhead = (): void => {
    while (reading.length < MESSAGES && next < sizeBytes) {
      const read = readPart(calls, handle, next, Math.min(MESSAGE_BYTES, sizeBytes - next));
      // One that is not awaited any more, because one before it failed, is no error of its own.
      read.catch(() => {});
      reading.push(read);
      next += MESSAGE_BYTES;
    }
  };
  try {
    readAhead();
    if (beginning.byteLength > 0) yield beginning;
    for (let part = reading.shift(); part !== undefined; part = reading.shift()) {
      const data = await part;
      readAhead();
      yield data;
    }
  } finally {
    // Nobody has to wait for that.
    calls.close(handle).catch(() => {});
  }
}

/** Reads one part, of which a server may give less than was asked for; then it is asked `tries` times at the most. */
async function readPart(
  calls: SftpCalls,
  handle: Buffer,
  position: number,
  length: number,
  tries = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length);
  let filled = 0;
  for (let asked = 0; filled < length && asked < tries; asked += 1) {
    const count = await calls.read(handle, part.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return part.subarray(0, filled);
}
