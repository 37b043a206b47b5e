import { hashStampedSync, type StampedHash } from "../hash.ts";
import { hashLegacyStampedSync } from "../legacy-hash.ts";
import type { JobControl } from "./job-control.ts";
import { streamFile } from "./stream-file.ts";

/** From this size on reading and hashing overlap; below, waiting would cost more than it gains. */
export const LARGE_BYTES = 8 * 1024 * 1024;

/**
 * Hashes a file in the way that suits its size.
 *
 * @param sizeBytes - As it was seen last.
 */
export async function hashOne(
  path: string,
  sizeBytes: number,
  isLegacy: boolean,
  control: JobControl,
): Promise<StampedHash> {
  if (!isLegacy && sizeBytes >= LARGE_BYTES) return await streamFile(path, control);
  // The legacy hash looks at pieces of a mebibyte, each by itself.
  const hash = isLegacy ? hashLegacyStampedSync(path) : hashStampedSync(path);
  control.addBytes(hash.sizeBytes);
  return hash;
}
