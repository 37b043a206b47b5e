import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseCommitMessage } from "@waymark/core";
import { type GitRepository, ObjectReader, parseCommit, removeLeftoverIndexes } from "@waymark/git";
import { NotADvcProjectError, openDvcProject, withProjectLock } from "@waymark/pipeline";
import { checkImports } from "./doctor/check-imports.ts";
import { checkLeftovers } from "./doctor/check-leftovers.ts";
import { checkPathLocks } from "./doctor/check-path-locks.ts";
import type { Check, Examination } from "./doctor/finding.ts";
import { cleanBroker } from "./clean-broker.ts";
import { listExperimentRefs } from "./experiments.ts";
import { listFolder } from "./list-folder.ts";
import { expireOperations } from "./operations/expire-operations.ts";
import { removeIdlePlaces } from "./places/idle-places.ts";
import { type Project, stateFolder } from "./project.ts";

/** Options of {@link cleanProject}. */
export interface CleanOptions {
  /** Milliseconds since the epoch. Default: now. */
  readonly nowMs?: number;
  /** Told once when another command has held the project's lock for a while. Default: nobody is told. */
  readonly onWait?: (pid: number | undefined) => void;
}

/** What {@link cleanProject} took away. */
export interface CleanedProject {
  /** Messages of DVC's queue that are out of date. */
  readonly messages: number;
  /** Ids of operations that cannot be undone any more. */
  readonly operations: readonly string[];
  /** Private copies of the index. */
  readonly indexes: readonly string[];
  /** Records of what runs had put into the cache, whose experiments are gone. */
  readonly runs: readonly string[];
  /** Work trees of runs that no run uses now, absolute. */
  readonly places: readonly string[];
  /** Sentences about everything else: unfinished files, locks of dead processes. */
  readonly others: readonly string[];
}

/** Only what commands left that were killed. What a living one needs, or a person might, is `doctor`'s to judge. */
const CHECKS: readonly Check[] = [checkPathLocks, checkImports, checkLeftovers];

const DAY_MS = 24 * 3600 * 1000;

/**
 * Clears temporary things away: DVC's messages as `dvc exp clean` does, and of ours what nothing needs any more. While
 * the project is locked, so that no other command is in the middle of something; a repository without one has no lock.
 *
 * @throws `DvcLockedError` when another process holds the lock for longer than a minute.
 */
export async function cleanProject(project: Project, options: CleanOptions = {}): Promise<CleanedProject> {
  const { nowMs = Date.now(), onWait } = options;
  const dvcDir = join(project.dvcRoot, ".dvc");
  const dvc = openData(project, onWait);
  const examination = { project, dvc, dvcDir, nowMs, withNetwork: false, signal: undefined };
  const clean = async (): Promise<CleanedProject> => ({
    messages: cleanBroker(join(dvcDir, "tmp", "exps", "celery", "broker"), nowMs),
    operations: expireOperations(project.repo, undefined, new Date(nowMs)),
    indexes: removeLeftoverIndexes(project.repo),
    runs: await removeRunRecords(project, nowMs),
    places: await removeIdlePlaces(project),
    others: await repairLeftovers(examination),
  });
  return dvc === undefined ? clean() : withProjectLock(dvc, clean);
}

async function repairLeftovers(examination: Examination): Promise<string[]> {
  const repaired: string[] = [];
  for (const check of CHECKS) {
    for (const { severity, what, fix } of await check(examination)) {
      if (severity !== "leftover" || fix === undefined) continue;
      await fix();
      repaired.push(what);
    }
  }
  return repaired;
}

/** A run that was killed leaves a record for when it is resumed; without its experiment nobody can. */
async function removeRunRecords(project: Project, nowMs: number): Promise<string[]> {
  const folder = join(stateFolder(project), "objects");
  const old = listFolder(folder).filter((name) => {
    const made = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    return name.endsWith(".txt") && made !== undefined && nowMs - made > DAY_MS;
  });
  if (old.length === 0) return [];
  const known = await listRunIds(project.repo);
  const stale = old.filter((name) => !known.has(name.slice(0, -".txt".length)));
  for (const name of stale) rmSync(join(folder, name), { force: true });
  return stale;
}

async function listRunIds(repo: GitRepository): Promise<ReadonlySet<string>> {
  const experiments = await listExperimentRefs(repo);
  const reader = new ObjectReader(repo);
  try {
    const ids = experiments.map(async ({ tip }) => {
      const object = await reader.read(tip);
      const commit = object?.type === "commit" ? parseCommit(object.data) : undefined;
      return commit === undefined ? undefined : parseCommitMessage(commit.message).trailers.runId;
    });
    return new Set((await Promise.all(ids)).filter((id) => id !== undefined));
  } finally {
    await reader.close();
  }
}

function openData(project: Project, onWait: CleanOptions["onWait"]): ReturnType<typeof openDvcProject> | undefined {
  try {
    return openDvcProject(project.dvcRoot, project.repo.env, onWait === undefined ? {} : { onWait });
  } catch (error) {
    if (error instanceof NotADvcProjectError) return undefined;
    throw error;
  }
}
