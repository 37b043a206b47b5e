import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isErrno } from "@waymark/files";
import { DvcLockedError } from "./errors.ts";
import { readHardlinkHolder, tryHardlinkLock } from "./hardlink-lock.ts";

/** DVC's repository lock, or why it could not be had. */
export type DvcLock =
  | {
      readonly kind: "held";
      /** Gives the lock back; more than once does nothing. */
      release(): void;
    }
  /** Nothing excludes DVC from working at the same time. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** Options of {@link acquireDvcLock}. */
export interface DvcLockOptions {
  /** How long to wait for another holder, in milliseconds. Default 3000, as DVC does. */
  readonly waitMs?: number;
  /** The project asks for locks by hard links (`core.hardlink_lock`), for file systems without `flock`. Default `false`. */
  readonly usesHardlinkLock?: boolean;
  /** `rwlock.lock` guards a file of path locks, that of experiments too. Default: `lock`, that of the repository. */
  readonly file?: "lock" | "rwlock.lock" | "exps/rwlock.lock";
}

const POLL_MS = 100;
/** `flock -n` says so when somebody else holds the lock; chosen apart from its codes for failures. */
const BUSY_EXIT_CODE = 75;

/**
 * Takes the lock that DVC holds while it works on a repository: `flock` on `.dvc/tmp/lock`, with the process number in
 * it.
 *
 * Node has no call for that. The lock belongs to the open file and not to the process that asked for it, so a moment's
 * `flock` program takes it for a descriptor of ours, which then holds it until it is closed, also by the end of this
 * process. A dead host or a killed process leaves nothing behind.
 *
 * @throws {@link DvcLockedError} when another process still holds it after the wait.
 */
export function acquireDvcLock(dvcDir: string, options: DvcLockOptions = {}): DvcLock {
  if (process.platform === "win32") return { kind: "unavailable", reason: "Windows has no flock program" };
  const lockFile = join(dvcDir, "tmp", options.file ?? "lock");
  if (options.usesHardlinkLock === true) return acquireByHardlink(dvcDir, lockFile, options.waitMs ?? 3000);
  let descriptor: number;
  try {
    mkdirSync(join(dvcDir, "tmp"), { recursive: true });
    descriptor = openSync(lockFile, constants.O_RDWR | constants.O_CREAT, 0o666);
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS"))
      return { kind: "unavailable", reason: `'${lockFile}' cannot be written` };
    throw error;
  }
  const deadline = performance.now() + (options.waitMs ?? 3000);
  for (;;) {
    const answer = tryLock(descriptor);
    if (answer === "held") return holder(descriptor);
    if (answer === "busy" && performance.now() < deadline) {
      sleepMs(POLL_MS);
      continue;
    }
    closeSync(descriptor);
    if (answer === "busy") throw new DvcLockedError(lockFile, readPid(lockFile));
    return { kind: "unavailable", reason: answer };
  }
}

function acquireByHardlink(dvcDir: string, lockFile: string, waitMs: number): DvcLock {
  const deadline = performance.now() + waitMs;
  try {
    mkdirSync(join(dvcDir, "tmp"), { recursive: true });
    for (;;) {
      const held = tryHardlinkLock(lockFile) ?? (removeUnlocked(lockFile) ? tryHardlinkLock(lockFile) : undefined);
      if (held !== undefined) return { kind: "held", release: () => held.release() };
      if (performance.now() >= deadline) throw new DvcLockedError(lockFile, readHardlinkHolder(lockFile)?.pid, true);
      sleepMs(POLL_MS);
    }
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "ENOTSUP")) {
      return { kind: "unavailable", reason: `'${lockFile}' cannot be linked to` };
    }
    throw error;
  }
}

/**
 * Removes the file that locks of the other kind leave behind, when nobody has it locked. DVC would wait for it without
 * end; it is there in every project that did not begin with `core.hardlink_lock`.
 */
function removeUnlocked(lockFile: string): boolean {
  let descriptor: number;
  try {
    if (!/^ *\d+\n$/.test(readFileSync(lockFile, "utf8"))) return false;
    descriptor = openSync(lockFile, constants.O_RDWR);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    throw error;
  }
  try {
    if (tryLock(descriptor) !== "held") return false;
    unlinkSync(lockFile);
    return true;
  } finally {
    closeSync(descriptor);
  }
}

function holder(descriptor: number): DvcLock {
  const text = ` ${process.pid}\n`;
  // Cut afterwards, and only what is longer: some file systems wait for the disk when a file is emptied and filled.
  writeSync(descriptor, text, 0);
  if (fstatSync(descriptor).size !== text.length) ftruncateSync(descriptor, text.length);
  let isHeld = true;
  return {
    kind: "held",
    release: () => {
      if (isHeld) closeSync(descriptor);
      isHeld = false;
    },
  };
}

function tryLock(descriptor: number): string {
  const child = spawnSync("flock", ["-n", "-x", "-E", String(BUSY_EXIT_CODE), "3"], {
    stdio: ["ignore", "ignore", "pipe", descriptor],
    windowsHide: true,
  });
  if (child.error !== undefined) {
    return isErrno(child.error, "ENOENT") ? "the 'flock' program is not installed" : child.error.message;
  }
  if (child.status === 0) return "held";
  return child.status === BUSY_EXIT_CODE ? "busy" : `flock failed: ${child.stderr.toString().trim()}`;
}

function readPid(lockFile: string): number | undefined {
  const text = readFileSync(lockFile, "utf8").trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
