import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { isErrno, type ProcessIdentity, processIdentity, processState } from "@waymark/files";
import { isValidRefName } from "./ref-name.ts";
import type { GitRepository } from "./repository.ts";

/** What a process writes down before Git locks refs for it: whoever finds the locks later can tell whose they were. */
interface RefChange extends ProcessIdentity {
  readonly startedMs: number;
  readonly refs: readonly string[];
  /** Its Git command was killed, and the process itself goes on. */
  readonly isCutShort: boolean;
}

/** A lock younger than this may be on its way to be somebody's. */
const QUIET_MS = 2000;
/** A change of refs locks all of them within this time: Git waits 5 s for a lock that is held. */
const LOCKING_MS = 30_000;
/** Where processes cannot be looked at, no Git command holds a lock for longer. */
const UNSEEN_MS = 60_000;

/** The note of one change of refs, from before it begins until it is over. */
export class RefChangeNote {
  readonly #repo: GitRepository;
  readonly #path: string;
  readonly #change: RefChange;

  private constructor(repo: GitRepository, path: string, change: RefChange) {
    this.#repo = repo;
    this.#path = path;
    this.#change = change;
    writeFileSync(path, JSON.stringify(change));
  }

  /** Notes that refs are about to be changed; `undefined` where nothing can be written: Git will say so. */
  static write(repo: GitRepository, refs: readonly string[]): RefChangeNote | undefined {
    const folder = notesFolder(repo);
    const change = { ...processIdentity(), startedMs: Date.now(), refs, isCutShort: false };
    try {
      mkdirSync(folder, { recursive: true });
      return new RefChangeNote(repo, join(folder, `${process.pid}-${randomBytes(4).toString("hex")}.json`), change);
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  }

  /** The Git command has ended by itself: it holds nothing. */
  remove(): void {
    rmSync(this.#path, { force: true });
  }

  /** What a Git command that was killed had begun is done: whose its locks are is known for as long as there are any. */
  removeUnlessLocked(): void {
    if (hasLocks(this.#repo, this.#change)) return;
    this.remove();
  }

  /** The Git command was killed, and may have left locks. */
  cutShort(): void {
    try {
      writeFileSync(this.#path, JSON.stringify({ ...this.#change, isCutShort: true }));
    } catch {
      // On a full disk it stays as it is, which counts once this process has ended.
    }
  }
}

/**
 * Lists the locks of Git that its commands have left which were killed while they changed refs for us: by a power cut,
 * or with everything else in a container. Locks of other programs are none of ours, and neither is one that a Git
 * command may hold that runs now.
 *
 * @returns Absolute paths.
 */
export function listAbandonedLocks(repo: GitRepository, nowMs: number = Date.now()): readonly string[] {
  const locks = readNotes(repo).flatMap(({ change }) => locksOf(repo, change, nowMs));
  return locks.length === 0 || isGitAtWork(repo, nowMs, locks) ? [] : [...new Set(locks)];
}

/**
 * Removes the locks of {@link listAbandonedLocks}.
 *
 * @returns Whether there were any.
 */
export function removeAbandonedLocks(repo: GitRepository, nowMs: number = Date.now()): boolean {
  const locks = listAbandonedLocks(repo, nowMs);
  for (const lock of locks) rmSync(lock, { force: true });
  for (const { path, change } of readNotes(repo)) {
    if (!hasLocks(repo, change)) rmSync(path, { force: true });
  }
  return locks.length > 0;
}

/** Notes of changes that nobody carries on with. */
function readNotes(repo: GitRepository): readonly { readonly path: string; readonly change: RefChange }[] {
  const folder = notesFolder(repo);
  return listNames(folder).flatMap((name) => {
    const path = join(folder, name);
    const change = readNote(path);
    return change !== undefined && (change.isCutShort || processState(change) === "dead") ? [{ path, change }] : [];
  });
}

function locksOf(repo: GitRepository, change: RefChange, nowMs: number): readonly string[] {
  return lockPaths(repo, change).filter((path) => {
    const madeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (madeMs === undefined || nowMs - madeMs < QUIET_MS) return false;
    return madeMs >= change.startedMs - QUIET_MS && madeMs <= change.startedMs + LOCKING_MS;
  });
}

function hasLocks(repo: GitRepository, change: RefChange): boolean {
  return lockPaths(repo, change).some((lock) => statSync(lock, { throwIfNoEntry: false }) !== undefined);
}

function lockPaths({ commonDir }: GitRepository, { refs }: RefChange): readonly string[] {
  const shared = ["packed-refs.lock", "packed-refs.new", join("reftable", "tables.list.lock")];
  return [...refs.map((ref) => `${ref}.lock`), ...shared].map((name) => join(commonDir, name));
}

/** Tells whether a command of Git runs in the repository that may hold one of the locks. */
function isGitAtWork({ root, commonDir }: GitRepository, nowMs: number, locks: readonly string[]): boolean {
  const processes = listNames("/proc").filter((name) => /^\d+$/u.test(name));
  if (processes.length === 0) {
    return locks.some((lock) => nowMs - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < UNSEEN_MS);
  }
  const isInside = (path: string): boolean =>
    [root, commonDir].some((folder) => path === folder || path.startsWith(folder + sep));
  return processes.some((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (!/(?:^|\/)git(?:-[a-z-]+)?$/u.test(words[0] ?? "")) return false;
      // These only read, and stay for long.
      if (words.some((word) => word === "cat-file" || word.endsWith("--daemon"))) return false;
      return isInside(readlinkSync(`/proc/${pid}/cwd`)) || words.some((word) => word.includes(commonDir));
    } catch {
      // It ended meanwhile, or is another user's.
      return false;
    }
  });
}

function notesFolder({ commonDir }: GitRepository): string {
  return join(commonDir, "waymark", "ref-changes");
}

function readNote(path: string): RefChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "EISDIR", "EACCES")) return undefined;
    throw error;
  }
  return isRefChange(value) ? value : undefined;
}

function isRefChange(value: unknown): value is RefChange {
  if (typeof value !== "object" || value === null) return false;
  const { pid, host, startedMs, refs }: Readonly<Record<string, unknown>> = { ...value };
  if (typeof pid !== "number" || typeof host !== "string" || typeof startedMs !== "number") return false;
  // Names become paths of files that are deleted.
  return Array.isArray(refs) && refs.every((ref) => typeof ref === "string" && isValidRefName(ref));
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}
