import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { readStable, type ContentHash, type StampedHash } from "./hash.ts";

/** DVC 2 looked at files in pieces of this size, each for itself. */
const PIECE_BYTES = 1024 * 1024;
const PROBE_BYTES = 512;
const MAX_ODD_SHARE = 0.3;

/**
 * Returns the hash that DVC 2 recorded (`md5-dos2unix`): line ends CR LF of text count as LF. The size is that of the
 * file as it is.
 */
export function hashLegacyFileSync(path: string): ContentHash {
  return readStable(path, hashLegacy).result;
}

/** As {@link hashLegacyFileSync}, with what tells later that the file is still the same. */
export function hashLegacyStampedSync(path: string): StampedHash {
  const { result, stamp } = readStable(path, hashLegacy);
  return { ...result, stamp };
}

function hashLegacy(descriptor: number): ContentHash {
  const hash = createHash("md5");
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let sizeBytes = 0;
  for (;;) {
    const length = readPiece(descriptor, piece, sizeBytes);
    if (length === 0) return { md5: hash.digest("hex"), sizeBytes };
    sizeBytes += length;
    const bytes = piece.subarray(0, length);
    hash.update(looksLikeText(bytes.subarray(0, PROBE_BYTES)) ? withoutCarriageReturns(bytes) : bytes);
  }
}

function readPiece(descriptor: number, piece: Buffer, position: number): number {
  let length = 0;
  while (length < PIECE_BYTES) {
    const read = readSync(descriptor, piece, length, PIECE_BYTES - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return length;
}

/** No NUL, and at most 30 % of what no text file holds. */
function looksLikeText(probe: Uint8Array): boolean {
  let odd = 0;
  for (const byte of probe) {
    if (byte === 0) return false;
    const isPrintable =
      (byte >= 0x20 && byte < 0x7f) || byte === 8 || byte === 9 || byte === 10 || byte === 12 || byte === 13;
    if (!isPrintable) odd += 1;
  }
  return odd <= probe.length * MAX_ODD_SHARE;
}

function withoutCarriageReturns(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0x0d && bytes[at + 1] === 0x0a) continue;
    result[length] = bytes[at] as number;
    length += 1;
  }
  return result.subarray(0, length);
}
