import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newFolder } from "./folders.ts";

/** System calls of a program by name. */
export type CallCounts = ReadonlyMap<string, number>;

/** Whether calls can be counted here. */
export function hasStrace(): boolean {
  try {
    execFileSync("strace", ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A program to run another one under, which lists its calls. */
export interface CallTrace {
  readonly under: readonly string[];
  readonly read: () => string;
}

/**
 * Prepares a list of system calls.
 *
 * @param calls - An expression of strace: `%desc,%file`, `execve`.
 * @param followsChildren - Also those of the programs it starts.
 */
export function traceCalls(calls: string, followsChildren = false): CallTrace {
  const path = join(newFolder(), "calls");
  const follow = followsChildren ? ["-f"] : [];
  return {
    under: ["strace", ...follow, "-qq", "-s", "0", "-o", path, "-e", `trace=${calls}`],
    read: () => readFileSync(path, "utf8"),
  };
}

/** Counts the calls of a list by name. */
export function countCalls(list: string): CallCounts {
  const counts = new Map<string, number>();
  for (const line of list.split("\n")) {
    const name = /^(?:\d+ +)?([a-z]\w*)\(/.exec(line)?.[1];
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Adds up what all writing calls of a list wrote, in bytes. */
export function writtenBytes(list: string): number {
  let bytes = 0;
  for (const [, size] of list.matchAll(/^(?:\d+ +)?(?:write|pwrite64|writev|pwritev)\(.*\) += (\d+)$/gmu)) {
    bytes += Number(size);
  }
  return bytes;
}
