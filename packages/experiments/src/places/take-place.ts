import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type FolderLock, isErrno } from "@waymark/files";
import {
  addWorktree,
  checkOutCommit,
  fileSettingsDigest,
  GitCommandError,
  GitRepository,
  openLinkedWorktree,
  removeLinkedWorktree,
  WORKTREE_VARIABLE,
} from "@waymark/git";
import { SHARED_STATE_VARIABLE } from "@waymark/store";
import type { Project } from "../project.ts";
import { endRunCommand } from "./end-run-command.ts";
import { endLeftProcesses } from "./left-processes.ts";
import {
  listPlaceNumbers,
  placePath,
  type PlaceRecord,
  poolFolder,
  readPlaceRecord,
  tryLockPlace,
  writePlaceRecord,
} from "./pool.ts";
import { removeTree } from "./remove-files.ts";

/** Options of {@link takePlace}. */
export interface TakePlaceOptions {
  /** Id of the record of the run that is to happen there. */
  readonly run: string;
  /** Hears of what a killed run had left. Default: nobody does. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/** A work tree of the pool that is ours until it is given back. */
export interface TakenPlace {
  /** Its tracked files are those of the commit asked for. Its variables say whose it is. */
  readonly tree: GitRepository;
  /** A former run has left files in it that Git does not track. */
  readonly isReused: boolean;
  /** Gives it back; more than once does nothing. Its files stay for whoever wants to look, until the next run. */
  release(state: "free" | "failed"): void;
}

const REASON = "Waymark runs experiments here";

/**
 * Takes a work tree of the pool for one run and checks a commit out in it. One that a former run has used is taken
 * first, and only the difference is written; nobody else can take it until it is given back, or this process is gone.
 *
 * ```
 *   lock ─▶ end what a killed run left running ─▶ add a work tree, or take it as it is ─▶ check out ─▶ clear away
 * ```
 *
 * Killed at any moment it leaves a work tree that the next one mends or makes anew; when it fails on a full disk, it
 * leaves none.
 */
export async function takePlace(main: Project, commit: string, options: TakePlaceOptions): Promise<TakenPlace> {
  const pool = poolFolder(main);
  for (const number of candidates(pool)) {
    const lock = tryLockPlace(pool, number);
    if (lock === undefined) continue;
    try {
      const place = await takeLocked(main, { pool, number, lock, commit }, options);
      if (place !== undefined) return place;
    } catch (error) {
      lock.release();
      throw error;
    }
    lock.release();
  }
  throw new Error("unreachable: there is always another number");
}

interface LockedPlace {
  readonly pool: string;
  readonly number: number;
  readonly lock: FolderLock;
  readonly commit: string;
}

/** Those that are there, the ones that somebody may want to look into last, then new ones. */
function* candidates(pool: string): Generator<number> {
  const known = listPlaceNumbers(pool).map((number) => ({ number, state: readPlaceRecord(pool, number)?.state }));
  yield* known.filter(({ state }) => state !== "failed").map(({ number }) => number);
  yield* known.filter(({ state }) => state === "failed").map(({ number }) => number);
  const used = new Set(known.map(({ number }) => number));
  for (let number = 1; ; number += 1) if (!used.has(number)) yield number;
}

async function takeLocked(
  main: Project,
  locked: LockedPlace,
  { run, onNote }: TakePlaceOptions,
): Promise<TakenPlace | undefined> {
  const { pool, number, lock, commit } = locked;
  const path = placePath(pool, number);
  const before = readPlaceRecord(pool, number);
  if (existsSync(path)) {
    if (before !== undefined) endRunCommand(main, before.run);
    const { ended, others } = await endLeftProcesses(path);
    if (ended.length > 0) {
      onNote?.(`Ended ${ended.length === 1 ? "a process" : `${ended.length} processes`} that a killed run had left.`);
    }
    // Somebody's shell, say: what they look at stays as it is.
    if (others.length > 0) return undefined;
  }
  const record: PlaceRecord = { schema: 1, commit: null, settings: fileSettingsDigest(main.repo), run, state: "taken" };
  writePlaceRecord(pool, number, record);
  const { tree, isReused } = await makeReady(main, { path, commit, before, settings: record.settings });
  writePlaceRecord(pool, number, { ...record, commit });
  let isHeld = true;
  return {
    tree,
    isReused,
    release: (state) => {
      if (!isHeld) return;
      isHeld = false;
      try {
        writePlaceRecord(pool, number, { ...record, commit, state });
      } finally {
        lock.release();
      }
    },
  };
}

interface WantedPlace {
  readonly path: string;
  readonly commit: string;
  readonly before: PlaceRecord | undefined;
  readonly settings: string;
}

async function makeReady(
  main: Project,
  { path, commit, before, settings }: WantedPlace,
): Promise<Pick<TakenPlace, "tree" | "isReused">> {
  const repo = withVariables(main, path);
  const existing = before?.settings === settings ? openLinkedWorktree(repo, path) : undefined;
  if (existing !== undefined) {
    try {
      await checkOutCommit(existing, commit, { from: before?.commit ?? undefined });
      return { tree: existing, isReused: true };
    } catch (error) {
      // A folder that was made read-only, a damaged index: nothing in there is worth more than a fresh start.
      const isRepairable = error instanceof GitCommandError || isErrno(error, "EACCES", "EPERM", "ENOTEMPTY");
      if (!isRepairable) throw error;
    }
  }
  removeLinkedWorktree(repo, path, removeTree);
  try {
    const tree = await addWorktree(repo, path, commit, { reason: REASON });
    await checkOutCommit(tree, commit, { from: undefined });
    return { tree, isReused: false };
  } catch (error) {
    // On a full disk above all: nothing half-made stays, and room is made.
    removeLinkedWorktree(repo, path, removeTree);
    rmSync(`${path}.json`, { force: true });
    throw error;
  }
}

/** The repository for processes in a work tree of the pool: they can be told from others, and share what is known of data. */
function withVariables({ repo, dvcRoot }: Project, path: string): GitRepository {
  const { root, gitDir, commonDir, objectFormat, isShallow } = repo;
  const shared = repo.env[SHARED_STATE_VARIABLE] ?? join(dvcRoot, ".dvc");
  const env = { ...repo.env, [WORKTREE_VARIABLE]: path, [SHARED_STATE_VARIABLE]: shared };
  return new GitRepository({ root, gitDir, commonDir, objectFormat, isShallow, env });
}
