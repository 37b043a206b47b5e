import type { BigIntStats } from "node:fs";

/** What tells that a file is still the one that was read, without reading it. */
export interface FileStamp {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** A file system that counts in whole milliseconds may count in steps of two seconds, as FAT does. */
const COARSE_MS = 2000;
/** The finest kernels stamp files by a tick, which is 10 ms at most. */
const FINE_MS = 20;
const NS_PER_MS = 1_000_000n;

/** Tells whether nothing happened to a file between two looks at it. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/**
 * Tells whether a later change of a file would show in its times. One that was touched just before it was read may
 * change again within the same tick of the file system's clock, and look the same.
 *
 * @param readAtMs - When its reading began, or earlier, in milliseconds since the epoch.
 */
export function isSettled(stamp: FileStamp, readAtMs: number): boolean {
  const { mtimeNs, ctimeNs } = stamp;
  const isCoarse = mtimeNs % NS_PER_MS === 0n && ctimeNs % NS_PER_MS === 0n;
  const touchedMs = Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / NS_PER_MS);
  return touchedMs + (isCoarse ? COARSE_MS : FINE_MS) < readAtMs;
}

/** Picks the stamp out of what the system says about a file. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileStamp {
  return { dev, ino, size, mtimeNs, ctimeNs };
}
