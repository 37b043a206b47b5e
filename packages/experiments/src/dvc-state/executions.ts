import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { isFolderInUse, listFolders } from "../doctor/dvc-runs.ts";
import type { ExecutorState } from "../active/executor-state.ts";
import { parseExperimentRef } from "../experiment-ref.ts";
import { listFolder } from "../list-folder.ts";
import { celeryFolder, type DvcTask, isCommitId, listDvcTasks } from "./broker.ts";
import {
  DVC_STATUS,
  type ExecutorInfo,
  isProcessThere,
  type ProcessInfo,
  readExecutorInfo,
  readProcessInfo,
} from "./executor-info.ts";

/** Something DVC has queued, is carrying out, or failed to. */
export interface DvcExecution {
  /** `killed`: its files say that it runs, and its process is gone; DVC goes on showing it as running. */
  readonly state: "running" | "queued" | "failed" | "killed";
  readonly baseline: string;
  readonly name: string | null;
  /** The commit that describes it; `workspace` for a run in the user's files. */
  readonly rev: string;
  readonly executor: ExecutorState;
  /** Where its files are while it runs. */
  readonly place: DvcPlace | undefined;
  /** The task of the queue; `undefined` for a run outside of it. */
  readonly task: DvcTask | undefined;
}

/** A repository in which DVC carries something out. */
export interface DvcPlace {
  readonly root: string;
  /** The folder above its `.dvc`, absolute. */
  readonly dvcRoot: string;
}

/** All that DVC's files say about executions. */
export interface DvcExecutions {
  /** Those in the workspace first, then in clones, then of the queue. */
  readonly executions: readonly DvcExecution[];
  /** Executors of experiments that were made, by full ref. */
  readonly succeeded: ReadonlyMap<string, ExecutorState>;
}

/** How a task of DVC's queue stands. */
export interface DvcQueueTask {
  readonly task: DvcTask;
  readonly state: DvcExecution["state"] | "success";
  /** Of the experiment that it made, or is to make. */
  readonly name: string | null;
}

/** A worker collects a result for a moment after the process has ended. */
const COLLECTING_MS = 60_000;
/** A command has its folder for a moment before it works in it. */
const STARTING_MS = 10_000;

/**
 * Reads what DVC has queued, runs, and failed to run. Nothing is changed, and nothing is believed to run without its
 * process. Clones are only looked at where DVC makes them.
 *
 * @param root - Root of the user's repository.
 */
export function listDvcExecutions(dvcDir: string, root: string): DvcExecutions {
  const tasks = listDvcTasks(dvcDir).map((task) => new TaskReader(dvcDir, task));
  const running = tasks.flatMap((task) => task.active() ?? []);
  const queued = tasks.flatMap((task) => task.queued() ?? []);
  const failed = tasks.flatMap((task) => task.failed() ?? []);
  return {
    executions: [...inWorkspace(dvcDir, root), ...inClones(dvcDir), ...running, ...queued, ...failed],
    succeeded: new Map(tasks.flatMap((task) => task.succeeded() ?? [])),
  };
}

/** Reads how the tasks of DVC's queue stand: those that wait first, then the others in the order they were taken. */
export function listDvcQueue(dvcDir: string): readonly DvcQueueTask[] {
  return listDvcTasks(dvcDir).map((task): DvcQueueTask => {
    const reader = new TaskReader(dvcDir, task);
    const execution = reader.active() ?? reader.queued() ?? reader.failed();
    return { task, state: execution?.state ?? "success", name: reader.name() };
  });
}

/** Tells whether there is anything of DVC's to look at. */
export function hasDvcState(dvcDir: string): boolean {
  return existsSync(join(dvcDir, "tmp", "exps"));
}

function inWorkspace(dvcDir: string, root: string): readonly DvcExecution[] {
  const folder = join(dvcDir, "tmp", "exps", "run");
  const process = readProcessInfo(join(folder, "workspace", "workspace.json"));
  if (process === undefined || !isProcessThere(process)) return [];
  const info = readExecutorInfo(folder, "workspace");
  if (info === undefined || info.status >= DVC_STATUS.success) return [];
  const local = { root: info.root, log: null, pid: process.pid, returncode: null, taskId: null };
  return [
    {
      ...{ state: "running", baseline: info.baseline, name: info.name, rev: "workspace", task: undefined },
      executor: { state: "running", name: "workspace", local },
      place: info.root === root ? { root, dvcRoot: join(dvcDir, "..") } : undefined,
    },
  ];
}

/** Runs in clones that no queue knows. DVC keeps no number of their processes. */
function inClones(dvcDir: string): readonly DvcExecution[] {
  const folder = join(dvcDir, "tmp", "exps", "standalone", "run");
  return listFolders(folder).flatMap((key): readonly DvcExecution[] => {
    const info = isCommitId(key) ? readExecutorInfo(folder, key) : undefined;
    if (info === undefined || info.status > DVC_STATUS.success || !existsSync(info.root)) return [];
    const place = findPlace(dvcDir, info);
    const isOld = Date.now() - info.changedMs > STARTING_MS;
    const isGone = isOld && place !== undefined && isFolderInUse(place.root) === false;
    const executor = { state: isGone ? "failed" : "running", name: info.location, local: null } as const;
    const state = isGone ? "killed" : "running";
    return [{ state, baseline: info.baseline, name: info.name, rev: key, executor, place, task: undefined }];
  });
}

/** Reads the state of one task of the queue. */
class TaskReader {
  readonly #dvcDir: string;
  readonly #runs: string;
  readonly #task: DvcTask;

  constructor(dvcDir: string, task: DvcTask) {
    this.#dvcDir = dvcDir;
    this.#runs = join(dvcDir, "tmp", "exps", "run");
    this.#task = task;
  }

  queued(): DvcExecution | undefined {
    if (this.#task.state !== "queued") return undefined;
    const { stashRev } = this.#task;
    const local = { root: null, log: null, pid: null, returncode: null, taskId: stashRev };
    return { ...this.#base("queued"), executor: { state: "queued", name: "dvc-task", local }, place: undefined };
  }

  active(): DvcExecution | undefined {
    if (this.#task.state !== "taken") return undefined;
    const info = this.#info();
    const place = info === undefined ? undefined : findPlace(this.#dvcDir, info);
    if (!this.#isAlive(info)) {
      return { ...this.#base("killed"), executor: { ...this.#ended(), state: "failed", name: null }, place };
    }
    const local = this.#local(info?.root ?? null, false);
    return {
      ...this.#base("running"),
      executor: { state: "running", name: info?.location ?? "dvc-task", local },
      place,
    };
  }

  failed(): DvcExecution | undefined {
    if (this.#task.state !== "done" || (this.#info()?.resultHash ?? null) !== null) return undefined;
    return { ...this.#base("failed"), executor: { ...this.#ended(), state: "failed", name: null }, place: undefined };
  }

  succeeded(): readonly [readonly [ref: string, executor: ExecutorState]] | undefined {
    const info = this.#task.state === "done" ? this.#info() : undefined;
    if (info?.resultHash === null || info?.resultRef === null || info === undefined) return undefined;
    return [[info.resultRef, { ...this.#ended(), state: "success", name: "dvc-task" }]];
  }

  /** Of the experiment that it made, or is to make. */
  name(): string | null {
    return parseExperimentRef(this.#info()?.resultRef ?? "")?.name ?? this.#task.name;
  }

  #base(state: DvcExecution["state"]): Pick<DvcExecution, "state" | "baseline" | "name" | "rev" | "task"> {
    const { baseline, name, stashRev } = this.#task;
    return { state, baseline, name, rev: stashRev, task: this.#task };
  }

  #info(): ExecutorInfo | undefined {
    return readExecutorInfo(this.#runs, this.#task.stashRev);
  }

  #process(): ProcessInfo | undefined {
    const { stashRev } = this.#task;
    return readProcessInfo(join(this.#runs, stashRev, `${stashRev}.json`));
  }

  #ended(): Pick<ExecutorState, "local"> {
    return { local: this.#local(null, true) };
  }

  #local(root: string | null, withReturncode: boolean): ExecutorState["local"] {
    const process = this.#process();
    if (process === undefined) return null;
    const { stdout: log, pid, returncode } = process;
    return { root, log, pid, returncode: withReturncode ? returncode : null, taskId: this.#task.stashRev };
  }

  /** The process of the execution, or before it begins and after it ends the worker that has the task. */
  #isAlive(info: ExecutorInfo | undefined): boolean {
    const process = this.#process();
    if (process !== undefined && process.returncode === null && isProcessThere(process)) return true;
    if (!hasWorker(this.#dvcDir)) return false;
    const changedMs = Math.max(process?.changedMs ?? 0, info?.changedMs ?? 0);
    return changedMs === 0 || Date.now() - changedMs < COLLECTING_MS;
  }
}

/** Tells whether any worker of DVC's queue is there. */
function hasWorker(dvcDir: string): boolean {
  const celery = celeryFolder(dvcDir);
  return listFolder(celery).some((name) => {
    const process = /^dvc-exp-worker-\d+\.json$/u.test(name) ? readProcessInfo(join(celery, name)) : undefined;
    return process !== undefined && process.returncode === null && isProcessThere(process);
  });
}

/** Where a clone is: only below the folder in which DVC makes them, whatever its files say. */
function findPlace(dvcDir: string, { root, dvcDir: below }: ExecutorInfo): DvcPlace | undefined {
  try {
    const clones = realpathSync(join(dvcDir, "tmp", "exps"));
    const real = realpathSync(root);
    if (!real.startsWith(`${clones}${sep}`) || !basename(real).startsWith("tmp")) return undefined;
    const dvcRoot = realpathSync(dirname(join(real, below)));
    return dvcRoot === real || dvcRoot.startsWith(`${real}${sep}`) ? { root: real, dvcRoot } : undefined;
  } catch {
    return undefined;
  }
}
