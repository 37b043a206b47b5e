import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/**
 * Opens a regular file for reading: never through a link at its end, and never waiting (a named pipe would).
 *
 * @returns The descriptor, or `undefined` when what is there is not a regular file.
 * @throws The system's error when it cannot be opened.
 */
export function openRegularFile(path: string): { readonly fd: number; readonly stats: Stats } | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  return undefined;
}

/** Reads up to `length` bytes at `position` into `buffer`; a signal or a short read does not end it early. */
export function readFully(fd: number, buffer: Buffer, at: number, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const count = readSync(fd, buffer, at + done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
