import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "./errno.ts";

/** What tells one process from every other, also after its number was given to another one. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks since boot at which the process started (field 22 of /proc/PID/stat), or null where unknown. */
  readonly processStart: string | null;
  /** Changes with every boot of the host, or null where unknown. */
  readonly bootId: string | null;
  /** The process number space (containers have their own), or null where unknown. */
  readonly pidNamespace?: string | null;
}

/** `elsewhere`: on another host or in another container, where we cannot look. */
export type ProcessState = "alive" | "dead" | "elsewhere";

let own: ProcessIdentity | undefined;

/** Returns the identity of this process. */
export function processIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    host: hostname(),
    processStart: readProcessStart("self"),
    bootId: readText("/proc/sys/kernel/random/boot_id"),
    pidNamespace: readPidNamespace(),
  };
  return own;
}

/** Returns the identity of another process on this host, as far as it can be seen. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { ...processIdentity(), pid, processStart: readProcessStart(String(pid)) };
}

/**
 * Tells what became of a process. A number that now belongs to a process with another start time, or a boot that is
 * over, means dead.
 */
export function processState(identity: ProcessIdentity): ProcessState {
  const self = processIdentity();
  if (identity.host !== self.host) return "elsewhere";
  if (identity.bootId !== null && self.bootId !== null && identity.bootId !== self.bootId) return "dead";
  const namespace = identity.pidNamespace ?? null;
  if (namespace !== null && self.pidNamespace && namespace !== self.pidNamespace) return "elsewhere";
  if (!Number.isSafeInteger(identity.pid) || identity.pid <= 0) return "dead";
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if (errorCode(error) !== "EPERM") return "dead";
  }
  if (identity.processStart === null) return "alive";
  const start = readProcessStart(String(identity.pid));
  return start === null || start === identity.processStart ? "alive" : "dead";
}

/** Tells whether a process may still run: true when it does, and when it runs where we cannot look. */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  return processState(identity) !== "dead";
}

function readProcessStart(pid: string): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // Field 2 is the program name in parentheses and may itself hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended; its parent only has not asked yet.
  if (fields[0] === "Z" || fields[0] === "X") return "ended";
  return fields[19] ?? null;
}

function readPidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
