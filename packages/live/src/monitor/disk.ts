import { statfsSync } from "node:fs";

/** The file system a folder lies on. */
export interface Disk {
  readonly usedBytes: number;
  readonly totalBytes: number;
  /** Of what ordinary users may fill, 0 to 100. */
  readonly usedPercent: number;
}

/** Reads how full the file system of a folder is; `undefined` when there is no such folder. */
export function readDisk(path: string): Disk | undefined {
  try {
    const { bsize, blocks, bfree, bavail } = statfsSync(path);
    const usedBlocks = blocks - bfree;
    const usable = usedBlocks + bavail;
    return {
      usedBytes: usedBlocks * bsize,
      totalBytes: blocks * bsize,
      usedPercent: usable === 0 ? 0 : (100 * usedBlocks) / usable,
    };
  } catch {
    return undefined;
  }
}
