import { randomInt } from "node:crypto";
import { linkSync, lstatSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { isErrno, processState } from "@waymark/files";

/** How long DVC's locks by hard links say that they last: a year, which is for good. */
const LIFETIME_SECONDS = 365 * 24 * 3600;

/** A lock by a hard link that is held. */
export interface HardlinkLock {
  /** Gives the lock back; more than once does nothing. */
  release(): void;
}

/** Who holds a lock, as far as its file tells. DVC's own claims have names that tell nothing. */
export interface HardlinkHolder {
  readonly host: string;
  readonly pid: number;
}

/**
 * Tries once to take a lock as DVC does with `core.hardlink_lock`, by the protocol of flufl.lock: a claim, a file of its
 * own that holds its own name, is linked to the name of the lock. Linking is atomic on NFS too, and whose claim the lock
 * is shows in what it holds.
 *
 * Nothing but the holder removes such a lock, so a killed DVC leaves one for good. Our claims have the name that flufl.lock
 * itself gives them, with host and process: what a process of this host left that is gone, the next one removes.
 *
 * @returns `undefined` while somebody else holds it.
 */
export function tryHardlinkLock(lockFile: string): HardlinkLock | undefined {
  const claim = [lockFile, hostname(), process.pid, randomInt(2 ** 47)].join("|");
  writeFileSync(claim, claim, { flag: "wx" });
  try {
    const until = Date.now() / 1000 + LIFETIME_SECONDS;
    utimesSync(claim, until, until);
    if (!takes(claim, lockFile) && !(removeLeft(lockFile) && takes(claim, lockFile))) {
      unlinkSync(claim);
      return undefined;
    }
  } catch (error) {
    remove(claim);
    throw error;
  }
  let isHeld = true;
  const release = (): void => {
    if (!isHeld) return;
    isHeld = false;
    process.off("exit", release);
    if (read(lockFile) === claim) remove(lockFile);
    remove(claim);
  };
  // No descriptor gives it back when the process ends.
  process.on("exit", release);
  return { release };
}

/** Reads who holds a lock; `undefined` for one of DVC's, and for none. */
export function readHardlinkHolder(lockFile: string): HardlinkHolder | undefined {
  return parseHolder(read(lockFile) ?? "");
}

function parseHolder(claim: string): HardlinkHolder | undefined {
  const [, host, pid, number, ...more] = claim.split("|");
  if (host === undefined || pid === undefined || number === undefined || more.length > 0) return undefined;
  return /^\d+$/.test(pid) ? { host, pid: Number(pid) } : undefined;
}

function takes(claim: string, lockFile: string): boolean {
  try {
    linkSync(claim, lockFile);
    return true;
  } catch (error) {
    // The answer of an NFS server may get lost; the number of links does not lie.
    if (lstatSync(claim).nlink === 2) return true;
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** Removes a lock that nobody can hold any more; tells whether it did. */
function removeLeft(lockFile: string): boolean {
  // Read once: a moment later it may be the lock of somebody who is alive.
  const left = read(lockFile) ?? "";
  const holder = parseHolder(left);
  if (holder === undefined || holder.host !== hostname()) return false;
  const process = { pid: holder.pid, host: holder.host, processStart: null, bootId: null };
  if (processState(process) !== "dead" || !left.startsWith(`${lockFile}|`)) return false;
  try {
    // Its claim can be removed once: of several that wait, one alone goes on to remove the lock.
    unlinkSync(left);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESTALE")) return false;
    throw error;
  }
  remove(lockFile);
  return true;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESTALE")) return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ESTALE")) throw error;
  }
}
