import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno, isProcessAlive, type ProcessIdentity, processIdentity, replaceFileSync } from "@waymark/files";
import { listFolder } from "../list-folder.ts";
import type { Project } from "../project.ts";
import { queueFolder } from "./queue-folder.ts";

/** A worker of this project, as it says itself. */
export interface Worker extends ProcessIdentity {
  readonly schema: 1;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Ids of the tasks that it has now. */
  readonly tasks: readonly string[];
  /** GPUs it gives to its tasks, one each; `null`: tasks see those that it sees. */
  readonly gpus: readonly string[] | null;
}

/** How a worker is to stop: when its tasks are done, or at once, giving them back to the queue. */
export type StopWish = "finish" | "now";

/** The worker that this process is: others see it, and can ask it to stop. */
export class WorkerRegistration {
  readonly #path: string;
  #worker: Worker;

  constructor(
    project: Project,
    id: string,
    options: { readonly gpus: readonly string[] | null; readonly nowMs: number },
  ) {
    const folder = workersFolder(project);
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, `${id}.json`);
    this.#worker = {
      ...{ schema: 1, id, startedAt: new Date(options.nowMs).toISOString(), tasks: [], gpus: options.gpus },
      ...processIdentity(),
    };
    this.#write();
  }

  /** Says which tasks the worker has. */
  setTasks(tasks: readonly string[]): void {
    this.#worker = { ...this.#worker, tasks };
    this.#write();
  }

  /** How somebody wants it to stop; `undefined`: nobody does. */
  get stopWish(): StopWish | undefined {
    try {
      return readFileSync(stopPath(this.#path), "utf8").trim() === "now" ? "now" : "finish";
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  close(): void {
    rmSync(this.#path, { force: true });
    rmSync(stopPath(this.#path), { force: true });
  }

  #write(): void {
    replaceFileSync(this.#path, `${JSON.stringify(this.#worker)}\n`);
  }
}

/** Lists the workers that are there, the oldest first, and clears away what those have left that are gone. */
export function listWorkers(project: Project): readonly Worker[] {
  const folder = workersFolder(project);
  const workers = listFolder(folder).flatMap((name): readonly Worker[] => {
    const path = join(folder, name);
    const worker = name.endsWith(".json") ? readWorker(path) : undefined;
    if (worker === undefined) return [];
    if (isProcessAlive(worker)) return [worker];
    rmSync(path, { force: true });
    rmSync(stopPath(path), { force: true });
    return [];
  });
  return workers.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/**
 * Asks all workers of this project to stop.
 *
 * @returns Those that were asked.
 */
export function stopWorkers(project: Project, wish: StopWish): readonly Worker[] {
  const workers = listWorkers(project);
  for (const { id } of workers) writeFileSync(stopPath(join(workersFolder(project), `${id}.json`)), `${wish}\n`);
  return workers;
}

function workersFolder(project: Project): string {
  return join(queueFolder(project), "workers");
}

function stopPath(path: string): string {
  return `${path.slice(0, -".json".length)}.stop`;
}

function readWorker(path: string): Worker | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isWorker(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || isErrno(error, "ENOENT", "EISDIR")) return undefined;
    throw error;
  }
}

function isWorker(value: unknown): value is Worker {
  if (typeof value !== "object" || value === null) return false;
  const { id, startedAt, pid, host, tasks }: Readonly<Record<string, unknown>> = { ...value };
  const texts = [id, startedAt, host].every((text) => typeof text === "string");
  return texts && typeof pid === "number" && Array.isArray(tasks) && tasks.every((task) => typeof task === "string");
}
