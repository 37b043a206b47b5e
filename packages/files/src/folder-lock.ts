import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TrackerError } from "@waymark/core/errors";
import { isErrno } from "./errno.ts";
import { processIdentity, processState, type ProcessIdentity } from "./process-identity.ts";

/** A lock that is held. */
export interface FolderLock {
  /** The file that stands for the holder. */
  readonly path: string;
  /** Gives the lock back; more than once does nothing. */
  release(): void;
}

export interface FolderLockOptions {
  /** Folder of the lock's files inside the locked folder. Default `lock`. */
  readonly name?: string;
  /** How long to wait for a living holder, in milliseconds. Default 0. */
  readonly waitMs?: number;
  /** What the reader can do, when the holder is alive on this host. */
  readonly hint?: string;
}

/** Another process holds the lock of a folder. */
export class FolderInUseError extends TrackerError {
  override readonly code = "FOLDER_IN_USE";
  readonly folder: string;
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC: when the holder took the lock. */
  readonly since: string;
  readonly lockFile: string;
  readonly #holder: LockHolder;

  constructor(folder: string, holder: LockHolder, lockFile: string, hint: string | undefined) {
    const where = holder.state === "elsewhere" ? ` on host '${holder.host}'` : "";
    super(`'${folder}' is in use by process ${holder.pid}${where} since ${holder.since}`, {
      hint:
        holder.state === "elsewhere"
          ? `Whether that process still runs cannot be seen from here. If it does not, remove '${lockFile}'.`
          : (hint ?? `Wait for process ${holder.pid} to end, or use another folder.`),
    });
    this.folder = folder;
    this.pid = holder.pid;
    this.host = holder.host;
    this.since = holder.since;
    this.lockFile = lockFile;
    this.#holder = holder;
  }

  /** Returns the same error about the folder as its user calls it. */
  forFolder(folder: string): FolderInUseError {
    return new FolderInUseError(folder, this.#holder, this.lockFile, this.hint);
  }
}

interface LockHolder extends ProcessIdentity {
  readonly since: string;
  readonly state: "alive" | "elsewhere";
}

const SUFFIX = ".json";

/**
 * Takes the lock of a folder for this process.
 *
 * Every contender makes a file of its own and then looks at all of them: whoever sees another living one steps back.
 * Of two that overlap, the later to write sees the earlier, so there are never two holders, and a dead holder's file
 * is removed by whoever finds it, with no lock around the lock. It needs nothing but rename and readdir, so it holds
 * on network file systems as well.
 *
 * @throws {@link FolderInUseError} when a living process, or one on another host, holds it.
 */
export function acquireFolderLock(folder: string, options: FolderLockOptions = {}): FolderLock {
  const lockFolder = join(folder, options.name ?? "lock");
  mkdirSync(lockFolder, { recursive: true });
  const deadline = Date.now() + (options.waitMs ?? 0);
  for (let attempt = 0; ; attempt += 1) {
    const name = `${process.pid}-${randomBytes(6).toString("hex")}${SUFFIX}`;
    const path = join(lockFolder, name);
    publish(path);
    const other = findOther(lockFolder, name);
    if (other === undefined) return { path, release: () => removeIfPresent(path) };
    removeIfPresent(path);
    // A few tries even without waiting: two that start in the same instant both step back at first.
    if (Date.now() >= deadline && (attempt >= 4 || isSettled(other.path))) {
      throw new FolderInUseError(folder, other.holder, other.path, options.hint);
    }
    sleepMs(5 + Math.random() * 20);
  }
}

function publish(path: string): void {
  const temporary = `${path}.new`;
  const content = { ...processIdentity(), since: new Date().toISOString() };
  try {
    writeFileSync(temporary, `${JSON.stringify(content)}\n`, { flag: "wx" });
    renameSync(temporary, path);
  } catch (error) {
    removeIfPresent(temporary);
    throw error;
  }
}

function findOther(lockFolder: string, ownName: string): { holder: LockHolder; path: string } | undefined {
  for (const name of readdirSync(lockFolder)) {
    if (name === ownName) continue;
    const path = join(lockFolder, name);
    if (!name.endsWith(SUFFIX)) {
      // Half of a publication: its writer has not asked for the lock yet, or died.
      if (name.endsWith(".new") && ageMs(path) > 60_000) removeIfPresent(path);
      continue;
    }
    const holder = readHolder(path);
    if (holder === "gone") continue;
    if (holder === "dead") removeIfPresent(path);
    else return { holder, path };
  }
  return undefined;
}

function readHolder(path: string): LockHolder | "dead" | "gone" {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "gone";
    throw error;
  }
  const content = parseHolder(text);
  // Content is complete before the name appears, so anything else was lost with the power.
  if (content === undefined) return "dead";
  const state = processState(content);
  return state === "dead" ? "dead" : { ...content, state };
}

function parseHolder(text: string): (ProcessIdentity & { since: string }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { pid, host, since, processStart, bootId, pidNamespace }: Record<string, unknown> = { ...value };
  if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return undefined;
  return {
    ...{ pid, host, since },
    processStart: textOrNull(processStart),
    bootId: textOrNull(bootId),
    pidNamespace: textOrNull(pidNamespace),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Old enough to be a holder and not a contender that is about to step back. */
function isSettled(path: string): boolean {
  return ageMs(path) > 100;
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

function sleepMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
