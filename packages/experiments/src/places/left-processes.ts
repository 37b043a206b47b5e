import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno } from "@waymark/files";
import { WORKTREE_VARIABLE } from "@waymark/git";

/** Processes that are still in a work tree although nobody runs anything there any more. */
export interface LeftProcesses {
  /** Those that were ended: they were started by a run that was killed. */
  readonly ended: readonly number[];
  /** Those that are there and not ours to end, such as somebody's shell; and those that would not end. */
  readonly others: readonly number[];
}

const POLL_MS = 20;
/** How long a program may take to end by itself. */
const PATIENCE_MS = 2000;
const KILL_MS = 3000;

/**
 * Ends what a killed run left running in a work tree of the pool: first asked, as by a shut-down, then killed. Where the
 * system does not show processes (`/proc`), there is nothing to be found.
 *
 * @param root - Of the work tree, absolute. The caller has its lock.
 */
export async function endLeftProcesses(root: string): Promise<LeftProcesses> {
  const ours = listMarked(root);
  if (ours.length > 0) {
    signalAll(ours, "SIGTERM");
    await waitForEnd(root, PATIENCE_MS);
    signalAll(listMarked(root), "SIGKILL");
    await waitForEnd(root, KILL_MS);
  }
  const left = listMarked(root);
  return { ended: ours.filter((pid) => !left.includes(pid)), others: [...left, ...listInside(root)] };
}

/** Lists processes that a run in a work tree started, or that they did. */
export function listMarked(root: string): readonly number[] {
  const mark = `\0${WORKTREE_VARIABLE}=${root}\0`;
  const own = ancestors();
  return listProcesses().filter((pid) => {
    if (own.has(pid)) return false;
    const env = read(() => readFileSync(`/proc/${pid}/environ`, "latin1"));
    return env !== undefined && `\0${Buffer.from(env, "latin1").toString()}`.includes(mark);
  });
}

/** Lists processes whose current folder is in a work tree. */
function listInside(root: string): readonly number[] {
  const own = ancestors();
  return listProcesses().filter((pid) => {
    if (own.has(pid)) return false;
    const cwd = read(() => readlinkSync(`/proc/${pid}/cwd`));
    return cwd === root || cwd?.startsWith(root + sep) === true;
  });
}

function listProcesses(): readonly number[] {
  return (read(() => readdirSync("/proc")) ?? []).filter((name) => /^\d+$/u.test(name)).map(Number);
}

/** This process and those that started it: a run may have been started from inside of another. */
function ancestors(): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid);) {
    found.add(pid);
    const stat = read(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
    pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
  }
  return found;
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isErrno(error, "ESRCH", "EPERM")) throw error;
    }
  }
}

async function waitForEnd(root: string, limitMs: number): Promise<void> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(POLL_MS)) {
    if (listMarked(root).length === 0) return;
  }
}

/** A process may end between two looks, or be another user's. */
function read<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM", "ENOTDIR")) return undefined;
    throw error;
  }
}
