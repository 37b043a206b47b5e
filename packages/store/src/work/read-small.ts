import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { hashBytes, readStable, type ContentHash, type StampedHash } from "../hash.ts";

/** Files up to this size are read at once, into memory that is used again for the next. */
export const SMALL_BYTES = 1024 * 1024;

/** A small file with its content, which stays as it is until the next one is read. */
export interface SmallFile extends StampedHash {
  readonly data: Buffer;
}

let buffer: Buffer | undefined;
let compareBuffer: Buffer | undefined;

/**
 * Reads and hashes a small file.
 *
 * @returns `undefined` when it is larger than {@link SMALL_BYTES} by now.
 * @throws As `hashFileSync`
 */
export function readSmallSync(path: string): SmallFile | undefined {
  // One byte more than there can be, so that a full buffer means more than it can hold.
  buffer ??= Buffer.allocUnsafe(SMALL_BYTES + 1);
  const room = buffer;
  let data = room.subarray(0, 0);
  const { result, stamp } = readStable<ContentHash>(path, (source) => {
    data = room.subarray(0, readFully(source, room));
    return hashBytes(data);
  });
  return data.length > SMALL_BYTES ? undefined : { ...result, stamp, data };
}

/** Tells whether a file holds exactly these bytes. */
export function holdsBytes(path: string, data: Uint8Array): boolean {
  const descriptor = openSync(path, "r");
  try {
    if (fstatSync(descriptor).size !== data.byteLength) return false;
    compareBuffer ??= Buffer.allocUnsafe(SMALL_BYTES + 1);
    const length = readFully(descriptor, compareBuffer);
    return compareBuffer.subarray(0, length).equals(data);
  } finally {
    closeSync(descriptor);
  }
}

function readFully(source: number, room: Buffer): number {
  let length = 0;
  for (;;) {
    const read = readSync(source, room, length, room.length - length, length);
    length += read;
    if (read === 0 || length === room.length) return length;
  }
}
