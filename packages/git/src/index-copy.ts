import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isErrno, isProcessAlive } from "@waymark/files";
import type { GitRepository } from "./repository.ts";

/** Folder of ours inside a Git folder. */
const FOLDER = "waymark";
const OLD_MS = 7 * 24 * 3600 * 1000;
let counter = 0;

/** What tells one state of the user's index from another. */
export type IndexState = string;

/** Returns the state of the user's index now; the empty string when there is no index. */
export function indexState(repo: GitRepository): IndexState {
  const stats = statSync(join(repo.gitDir, "index"), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
}

/** Returns a path for a private copy of the index that no other process uses, and clears away what dead ones left. */
export function newIndexPath(repo: GitRepository): string {
  const folder = join(repo.gitDir, FOLDER);
  mkdirSync(folder, { recursive: true });
  removeLeftovers(folder);
  return join(folder, `index-${hostTag()}-${process.pid}-${(counter += 1)}`);
}

/** An index that was copied. */
export interface CopiedIndex {
  /** The empty string when there is no index, and no copy then. */
  readonly state: IndexState;
  readonly data: Buffer;
}

/** Copies the user's index. */
export function copyIndex(repo: GitRepository, target: string): CopiedIndex {
  removeIfPresent(target);
  let descriptor: number;
  try {
    descriptor = openSync(join(repo.gitDir, "index"), "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return { state: "", data: Buffer.alloc(0) };
    throw error;
  }
  try {
    // Git replaces its index by rename, so an open one does not change any more.
    const stats = fstatSync(descriptor, { bigint: true });
    const data = readFileSync(descriptor);
    writeFileSync(target, data);
    // Git trusts no entry that is as young as the index itself. A younger copy would make it trust files that were
    // written in the same instant as the original, so the copy is made a little older than the original.
    const time = Number(stats.mtimeNs / 1_000_000n - 1n) / 1000;
    utimesSync(target, time, time);
    return { state: `${stats.ino} ${stats.size} ${stats.mtimeNs}`, data };
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a private copy. */
export function removeIndexCopy(path: string): void {
  removeIfPresent(path);
  removeIfPresent(`${path}.lock`);
}

/**
 * Removes private copies of the index that processes left which are gone.
 *
 * @returns Their paths.
 */
export function removeLeftoverIndexes(repo: GitRepository): string[] {
  return removeLeftovers(join(repo.gitDir, FOLDER));
}

function removeLeftovers(folder: string): string[] {
  const removed: string[] = [];
  for (const name of listNames(folder)) {
    const match = /^index-([0-9a-f]{8})-(\d+)-\d+/.exec(name);
    if (match === null) continue;
    const path = join(folder, name);
    const isOurHost = match[1] === hostTag();
    const identity = { pid: Number(match[2]), host: hostname(), processStart: null, bootId: null };
    const isOld = Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) > OLD_MS;
    if (isOurHost ? isProcessAlive(identity) : !isOld) continue;
    removeIfPresent(path);
    removed.push(path);
  }
  return removed;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

/** Work trees on network file systems are shared between hosts, and process numbers are not. */
function hostTag(): string {
  return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
