import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { isErrno } from "@waymark/files";

// The frame of everything the state database writes: blocks of
//   8 bytes  magic, which changes with the format
//   4 bytes  length of the payload, little endian
//   4 bytes  CRC-32 of the payload
//   …        payload
// A block that is cut short, or of a format of another day, ends the file: what lies behind is not read.
const MAGIC = Buffer.from("WMSTATE1");
const HEADER_BYTES = 16;

/** The blocks of a file. */
export interface StateBlocks {
  readonly payloads: readonly Buffer[];
  /** All of the file could be read; `false` asks for the file to be written anew. */
  readonly isWhole: boolean;
}

/** Frames a payload as one block. */
export function formatStateBlock(payload: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(HEADER_BYTES + payload.byteLength);
  MAGIC.copy(block);
  block.writeUInt32LE(payload.byteLength, 8);
  block.writeUInt32LE(crc32(payload), 12);
  block.set(payload, HEADER_BYTES);
  return block;
}

/** Reads the blocks of a file; none when it is missing or cannot be read: the state is a memory, not a source. */
export function readStateBlocks(path: string): StateBlocks {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch (error) {
    return { payloads: [], isWhole: isErrno(error, "ENOENT") };
  }
  const payloads: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    const end = blockEnd(data, at);
    if (end === undefined) return { payloads, isWhole: false };
    payloads.push(data.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return { payloads, isWhole: true };
}

function blockEnd(data: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > data.length || !data.subarray(at, at + MAGIC.length).equals(MAGIC)) return undefined;
  const start = at + HEADER_BYTES;
  const end = start + data.readUInt32LE(at + 8);
  if (end > data.length || crc32(data.subarray(start, end)) !== data.readUInt32LE(at + 12)) return undefined;
  return end;
}
