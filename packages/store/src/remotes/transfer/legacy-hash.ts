import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** DVC 2 looked at its reads of this size one by one. */
const READ_BYTES = 1024 * 1024;
const PROBE_BYTES = 512;
const TEXT_BYTES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);
/** More than this share of other bytes makes a file binary. */
const MOST_OTHER = 0.3;

/**
 * Hashes a file as DVC 2 named it: in every read that looks like text, line ends of two bytes count as one.
 *
 * @returns 32 hex digits.
 */
export async function legacyHash(path: string): Promise<string> {
  const hash = createHash("md5");
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const handle = await open(path, "r");
  try {
    for (;;) {
      const length = await fill(handle, buffer);
      if (length === 0) return hash.digest("hex");
      const data = buffer.subarray(0, length);
      hash.update(looksLikeText(data.subarray(0, PROBE_BYTES)) ? withoutCarriageReturns(data) : data);
    }
  } finally {
    await handle.close();
  }
}

async function fill(handle: Awaited<ReturnType<typeof open>>, buffer: Buffer): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function looksLikeText(probe: Uint8Array): boolean {
  if (probe.includes(0)) return false;
  const others = probe.filter((byte) => !TEXT_BYTES.has(byte) && (byte < 0x20 || byte > 0x7e)).length;
  return others <= probe.byteLength * MOST_OTHER;
}

function withoutCarriageReturns(data: Buffer): Buffer {
  return data.includes("\r\n") ? Buffer.from(data.toString("latin1").replaceAll("\r\n", "\n"), "latin1") : data;
}
