import { readFileSync } from "node:fs";
import { join } from "node:path";
import { formatCompactPythonJson } from "@waymark/core";
import { errorCode, isErrno, replaceFileSync } from "@waymark/files";
import { acquireDvcLock } from "@waymark/store";
import { PathBusyError, PathLocksCorruptError } from "./path-lock-errors.ts";
import { isMapping, newMapping } from "../values/values.ts";

/** Who holds a path, as both tools write it. */
export interface PathLockHolder {
  readonly pid: number;
  /** Its command line. */
  readonly cmd: string;
}

/** Paths a stage works on; absolute, or URLs. */
export interface LockedPaths {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** Path locks that are held. */
export interface HeldPathLocks {
  /** Gives them back now; more than once does nothing. */
  release(): void;
  /** Gives them back with whatever is next taken or given back: nobody can take them before, while the repository is locked. */
  releaseLater(): void;
}

/** Options of {@link PathLocks}. */
export interface PathLocksOptions {
  /** The project locks by hard links (`core.hardlink_lock`). Default `false`. */
  readonly usesHardlinkLock?: boolean;
  /** Told of locks of a process that is gone. Default: nobody is. */
  readonly onStale?: (holder: PathLockHolder) => void;
}

/** The file as parsed. */
interface Locks {
  readonly read: Map<string, PathLockHolder[]>;
  readonly write: Map<string, PathLockHolder>;
}

/**
 * The locks on single paths in `.dvc/tmp/rwlock`, which both tools hold while the command of a stage runs and the
 * repository lock is free. A path conflicts with itself, what contains it and what it contains; whoever reads waits for
 * no other reader.
 *
 * Stages that run side by side in this process never block each other: the graph keeps them apart.
 */
export class PathLocks {
  readonly #dvcDir: string;
  readonly #options: PathLocksOptions;
  readonly #file: string;
  /** To be dropped when the file is written next. */
  #over: PathLockHolder[] = [];

  constructor(dvcDir: string, options: PathLocksOptions = {}) {
    this.#dvcDir = dvcDir;
    this.#options = options;
    this.#file = join(dvcDir, "tmp", "rwlock");
  }

  /**
   * Takes locks on paths.
   *
   * @param command - The command line to show to others who want one of them; no two that are held at a time are equal.
   * @throws {@link PathBusyError} when another process holds one; {@link PathLocksCorruptError}.
   */
  acquire(paths: LockedPaths, command: string): HeldPathLocks {
    const holder: PathLockHolder = { pid: process.pid, cmd: command };
    this.#edit((locks) => {
      this.#refuseBlocked(locks, "write", [...paths.read, ...paths.write]);
      this.#refuseBlocked(locks, "read", paths.write);
      for (const path of paths.read) locks.read.set(path, [...(locks.read.get(path) ?? []), holder]);
      for (const path of paths.write) locks.write.set(path, holder);
    });
    let isHeld = true;
    const releaseLater = (): void => {
      if (isHeld) this.#over.push(holder);
      isHeld = false;
    };
    return {
      releaseLater,
      release: () => {
        releaseLater();
        this.flush();
      },
    };
  }

  /** Gives back what was to be given back later. */
  flush(): void {
    if (this.#over.length > 0) this.#edit(() => undefined);
  }

  #edit(change: (locks: Locks) => void): void {
    const { usesHardlinkLock = false } = this.#options;
    const guard = acquireDvcLock(this.#dvcDir, { file: "rwlock.lock", usesHardlinkLock });
    // Where nothing can be locked, nobody is told.
    if (guard.kind === "unavailable") return;
    try {
      const locks = this.#read();
      for (const holder of this.#over) drop(locks, holder);
      this.#over = [];
      change(locks);
      // Whoever reads it holds the guard, and DVC writes it in place; a kill in the midst of that leaves a file that both
      // tools refuse from then on.
      replaceFileSync(this.#file, formatLocks(locks));
    } finally {
      guard.release();
    }
  }

  #refuseBlocked(locks: Locks, mode: "read" | "write", paths: readonly string[]): void {
    const held = [...locks[mode]].flatMap(([path, holders]) => {
      return [holders].flat().map((holder) => ({ path, holder }));
    });
    const gone = new Map<number, PathLockHolder>();
    for (const { path, holder } of held) {
      const wanted = paths.find((candidate) => overlaps(candidate, path));
      if (wanted === undefined || holder.pid === process.pid) continue;
      if (isAlive(holder.pid)) throw new PathBusyError(wanted, [holder], this.#file);
      gone.set(holder.pid, holder);
    }
    for (const holder of gone.values()) {
      this.#options.onStale?.(holder);
      drop(locks, holder);
    }
  }

  #read(): Locks {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      if (isErrno(error, "ENOENT")) return { read: new Map(), write: new Map() };
      throw error;
    }
    return parseLocks(text, this.#file);
  }
}

function drop(locks: Locks, { pid, cmd }: PathLockHolder): void {
  const isOurs = (holder: PathLockHolder): boolean => holder.pid === pid && holder.cmd === cmd;
  for (const [path, holders] of locks.read) {
    const others = holders.filter((holder) => !isOurs(holder));
    if (others.length === 0) locks.read.delete(path);
    else locks.read.set(path, others);
  }
  for (const [path, holder] of locks.write) if (isOurs(holder)) locks.write.delete(path);
}

function parseLocks(text: string, file: string): Locks {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new PathLocksCorruptError(file, "it is no JSON");
  }
  const fail = (): never => {
    throw new PathLocksCorruptError(file, "it does not hold locks");
  };
  if (!isMapping(content)) return fail();
  const { read = {}, write = {} } = content;
  if (!isMapping(read) || !isMapping(write)) return fail();
  return {
    read: new Map(
      Object.entries(read).map(([path, list]) => [
        path,
        Array.isArray(list) ? list.map((one) => holderOf(one, fail)) : fail(),
      ]),
    ),
    write: new Map(Object.entries(write).map(([path, holder]) => [path, holderOf(holder, fail)])),
  };
}

function holderOf(value: unknown, fail: () => never): PathLockHolder {
  if (!isMapping(value)) return fail();
  const { pid, cmd } = value;
  return typeof pid === "number" && typeof cmd === "string" ? { pid, cmd } : fail();
}

function formatLocks(locks: Locks): string {
  const content = newMapping();
  if (locks.write.size > 0) content["write"] = locks.write;
  if (locks.read.size > 0) content["read"] = locks.read;
  return formatCompactPythonJson(content);
}

function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return errorCode(error) === "EPERM";
  }
}
