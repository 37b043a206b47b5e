import { createHash, type Hash } from "node:crypto";
import { createReadStream, statSync, writeFileSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { isErrno } from "@waymark/files";
import type { ContentHash } from "../hash.ts";
import { readArrived } from "./read-arrived.ts";
import { NoSpaceError } from "./remote-errors.ts";
import type { DownloadOptions } from "./remote-storage.ts";
import { TransientError, withRetries } from "./retry.ts";

/** A file of a remote that is being read. */
export interface RemoteRead {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Where the stream begins: what was asked for, or 0 from a server that knows no ranges. */
  readonly offset: number;
  /** Size of the whole file; `undefined` where the server does not say. */
  readonly sizeBytes: number | undefined;
}

/** Options of {@link downloadStream}. */
export interface DownloadStreamOptions extends DownloadOptions {
  /** Turns what the protocol threw into an error for the user. */
  readonly explain: (error: unknown) => unknown;
}

/**
 * Writes a remote file into a local one, and hashes it on the way. When the connection breaks it goes on where it
 * stopped, for as long as every try brings more.
 *
 * @param openRead - Opens the remote file at an offset.
 * @param file - May hold the beginning already, when resuming; otherwise it is replaced.
 */
export async function downloadStream(
  openRead: (offset: number) => Promise<RemoteRead>,
  file: string,
  options: DownloadStreamOptions,
): Promise<ContentHash> {
  const { signal, onBytes } = options;
  const sink = new DownloadSink(file);
  if (options.isResuming === true) onBytes?.(await sink.readBeginning());
  let farthest = sink.offset;
  try {
    await withRetries(
      async () => {
        const read = await openRead(sink.offset);
        if (read.offset !== sink.offset) {
          onBytes?.(read.offset - sink.offset);
          await sink.restart();
        }
        for await (const chunk of read.stream instanceof Readable ? readArrived(read.stream) : read.stream) {
          signal?.throwIfAborted();
          await sink.write(chunk);
          onBytes?.(chunk.byteLength);
        }
        if (read.sizeBytes !== undefined && sink.offset < read.sizeBytes) {
          throw new TransientError(`the connection ended after ${sink.offset} of ${read.sizeBytes} bytes`);
        }
      },
      {
        signal,
        hasProgressed: () => {
          const isFarther = sink.offset > farthest;
          farthest = Math.max(farthest, sink.offset);
          return isFarther;
        },
      },
    );
    return await sink.finish();
  } catch (error) {
    if (isErrno(error, "ENOSPC", "EDQUOT")) throw new NoSpaceError(file, error);
    signal?.throwIfAborted();
    throw options.explain(error);
  } finally {
    await sink.close();
  }
}

/** Up to this much waits in memory, so that a small file is written in one go. */
const HELD_BYTES = 256 * 1024;

/** The local end: a file that grows, and the hash of what it holds. */
class DownloadSink {
  offset = 0;
  #held: Uint8Array[] = [];
  readonly #file: string;
  #hash: Hash = createHash("md5");
  #handle: FileHandle | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes what the file holds for the beginning; its length. */
  async readBeginning(): Promise<number> {
    const present = statSync(this.#file, { throwIfNoEntry: false });
    if (present === undefined || present.size === 0) return 0;
    for await (const chunk of createReadStream(this.#file, { highWaterMark: 1024 * 1024 })) {
      this.#hash.update(chunk as Buffer);
      this.offset += (chunk as Buffer).byteLength;
    }
    this.#handle = await open(this.#file, "r+");
    return this.offset;
  }

  async restart(): Promise<void> {
    this.#held = [];
    await this.#handle?.truncate(0);
    this.#hash = createHash("md5");
    this.offset = 0;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    this.offset += chunk.byteLength;
    if (this.#handle === undefined && this.offset <= HELD_BYTES) {
      this.#held.push(chunk);
      return;
    }
    if (this.#handle === undefined) {
      this.#handle = await open(this.#file, "w", 0o600);
      const held = Buffer.concat(this.#held);
      this.#held = [];
      await writeAt(this.#handle, held, 0);
    }
    await writeAt(this.#handle, chunk, this.offset - chunk.byteLength);
  }

  async finish(): Promise<ContentHash> {
    // What a longer beginning left behind is no part of the file.
    if (this.#handle === undefined) writeFileSync(this.#file, Buffer.concat(this.#held), { mode: 0o600 });
    else await this.#handle.truncate(this.offset);
    return { md5: this.#hash.digest("hex"), sizeBytes: this.offset };
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }
}

async function writeAt(handle: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < data.byteLength;) {
    const { bytesWritten } = await handle.write(data, at, data.byteLength - at, position + at);
    at += bytesWritten;
  }
}
