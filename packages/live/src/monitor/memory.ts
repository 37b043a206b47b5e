import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";

/** Main memory of the machine. */
export interface Memory {
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/** Reads how much memory is in use: what could be given to a new program without swapping counts as free. */
export function readMemory(): Memory {
  try {
    const text = readFileSync("/proc/meminfo", "latin1");
    const total = kilobytes(text, "MemTotal");
    const available = kilobytes(text, "MemAvailable");
    if (total !== undefined && available !== undefined) {
      return { usedBytes: (total - available) * 1024, totalBytes: total * 1024 };
    }
  } catch {
    // Not Linux: the portable figures follow.
  }
  return { usedBytes: totalmem() - freemem(), totalBytes: totalmem() };
}

function kilobytes(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
