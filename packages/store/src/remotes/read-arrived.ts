import type { Readable } from "node:stream";

/** At most this much is taken at once, however much has arrived. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Yields what a stream brings. When it fails, everything that had arrived by then comes first: iterating the stream
 * itself throws it away, and what is to be continued would begin far behind.
 *
 * @throws What the stream failed with.
 */
export async function* readArrived(stream: Readable): AsyncGenerator<Uint8Array> {
  let failure: Error | undefined;
  let isOver = false;
  let wake = (): void => {};
  const finish = (): void => {
    isOver = true;
    wake();
  };
  stream.on("readable", () => wake());
  stream.on("end", finish);
  stream.on("close", finish);
  stream.on("error", (error: Error) => {
    failure = error;
    finish();
  });
  try {
    for (;;) {
      const arrived = Math.min(stream.readableLength, CHUNK_BYTES);
      const chunk = stream.read(arrived === 0 ? undefined : arrived) as Uint8Array | null;
      if (chunk !== null) {
        yield chunk;
        continue;
      }
      if (failure !== undefined) throw failure;
      if (isOver) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stream.destroy();
  }
}
