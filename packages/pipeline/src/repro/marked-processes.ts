import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Variable of the environment that a program and all that it starts can be told by, also what has left its process group
 * to become a daemon. A program that is started from inside of another one has both marks, separated by colons.
 */
export const PROGRAM_MARK = "WAYMARK_PROGRAM";

const MARK_BYTES = 8;

/** Makes a mark that no other program has. */
export function newProgramMark(): string {
  return randomBytes(MARK_BYTES).toString("hex");
}

/** Adds a mark to those that a program inherits. */
export function addProgramMark(inherited: string | undefined, mark: string): string {
  return inherited === undefined || inherited === "" ? mark : `${inherited}:${mark}`;
}

/** Lists the processes of this machine that have a mark; none where the system does not show them (`/proc`). */
export function listMarkedProcesses(mark: string): readonly number[] {
  if (process.platform !== "linux") return [];
  const pattern = new RegExp(`(?:^|\\0)${PROGRAM_MARK}=[^\\0]*${mark}`, "u");
  return listProcesses().filter((pid) => pid !== process.pid && pattern.test(readEnvironment(pid)));
}

function listProcesses(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/u.test(name))
      .map(Number);
  } catch {
    // Some systems of containers hide it.
    return [];
  }
}

/** What a process was started with; nothing of one that has ended, or is another user's. */
function readEnvironment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
