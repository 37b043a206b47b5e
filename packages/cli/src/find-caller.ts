import { readFileSync } from "node:fs";
import { identifyProcess, type ProcessIdentity } from "@waymark/files";

/** How far up to look. */
const GENERATIONS = 8;

/**
 * Finds the process that called this command: the script that trains.
 *
 * `npx`, and a shell that only starts this command, come and go with every call and are passed over.
 */
export function findCaller(pid: number = process.ppid): ProcessIdentity {
  let caller = pid;
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    const words = readWords(caller);
    const parent = readParent(caller);
    if (parent === undefined || parent <= 1 || !isGoBetween(words)) break;
    caller = parent;
  }
  return identifyProcess(caller);
}

/** Tells whether a process does nothing but start this command. */
export function isGoBetween(words: readonly string[]): boolean {
  const [program = "", flag = "", script = ""] = words;
  const name = program.split("/").at(-1) ?? "";
  // npm names its process after what it does.
  if (/^npm (?:exec|run|x)\b/u.test(program) || ["npm", "npx"].includes(name)) return true;
  return /^(?:ba|da|z|k)?sh$/u.test(name) && flag === "-c" && /^\s*(?:exec\s+)?(?:\S*\/)?waymark\s/u.test(script);
}

function readWords(pid: number): string[] {
  return readText(`/proc/${pid}/cmdline`)?.split("\0") ?? [];
}

function readParent(pid: number): number | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, parentheses included.
  const parent = text?.slice(text.lastIndexOf(")") + 2).split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux, or the process has ended.
    return undefined;
  }
}
