import { existsSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { processState } from "@waymark/files";
import { listFolder } from "../list-folder.ts";
import { poolFolder } from "../places/pool.ts";
import type { Project } from "../project.ts";
import {
  isRunGoingOn,
  readRunRecord,
  type RunKind,
  type RunRecord,
  runFilesFolder,
  runLogPath,
  runRecordsFolder,
} from "../run/run-record.ts";
import type { ExecutorState } from "./executor-state.ts";

/** A run of ours that goes on, or was killed before it could say that it ended. */
export interface OwnRun {
  readonly record: RunRecord;
  /** Its record says that it goes on, and its process is gone. */
  readonly isKilled: boolean;
  readonly executor: ExecutorState;
  /** Where its files are; `undefined` on another machine. */
  readonly place: RunFiles | undefined;
}

/** The files of a run. */
export interface RunFiles {
  /** Root of the work tree, absolute. */
  readonly root: string;
  /** The folder above its `.dvc`, absolute. */
  readonly dvcRoot: string;
}

/** How DVC calls what it has; Slurm it does not know. */
const EXECUTORS: Readonly<Record<RunKind, string>> = {
  workspace: "workspace",
  temp: "tempdir",
  queue: "dvc-task",
  slurm: "slurm",
};
const GOING_ON: ReadonlySet<string> = new Set(["preparing", "running", "saving"]);

/**
 * Lists runs of ours that go on, newest first, and those that were killed.
 *
 * @param over - Ids of records that are known to tell of no run: a queue of the past leaves thousands. Default: none.
 */
export function listOwnRuns(project: Project, over: ReadonlySet<string> = new Set()): readonly OwnRun[] {
  return listFolder(runRecordsFolder(project))
    .filter((id) => !over.has(id))
    .toSorted()
    .flatMap((id) => readRunRecord(project, id) ?? [])
    .filter(({ state }) => GOING_ON.has(state))
    .map((record): OwnRun => {
      const isKilled = !isRunGoingOn(record);
      return { record, isKilled, executor: describe(project, record, isKilled), place: findRunFiles(project, record) };
    })
    .toReversed();
}

/**
 * Finds the files of a run: in the workspace, in a work tree of the pool, or what it has sent from a machine that does not
 * see the project. A record that names any other place is not believed.
 */
export function findRunFiles(project: Project, { id, root }: Pick<RunRecord, "id" | "root">): RunFiles | undefined {
  const below = relative(project.root, project.dvcRoot);
  if (root === project.root) return { root, dvcRoot: project.dvcRoot };
  try {
    const real = realpathSync(root);
    const pool = realpathSync(poolFolder(project));
    if (real.startsWith(`${pool}${sep}`)) return { root: real, dvcRoot: join(real, below) };
  } catch {
    // Its machine has it.
  }
  const sent = runFilesFolder(project, id);
  return existsSync(sent) ? { root: sent, dvcRoot: join(sent, below) } : undefined;
}

function describe(project: Project, record: RunRecord, isKilled: boolean): ExecutorState {
  const { kind, root, task, pid } = record;
  const isHere = processState(record) !== "elsewhere";
  const local = {
    ...{ root, log: runLogPath(project, record.id), pid: isHere ? pid : null },
    ...{ returncode: null, taskId: task },
  };
  return { state: isKilled ? "failed" : "running", name: EXECUTORS[kind], local };
}
