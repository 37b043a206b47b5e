import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { acquireFolderLock, FolderInUseError, type FolderLock, isErrno } from "@waymark/files";
import { NotSoManyCpusError } from "./errors.ts";
import { slotFolder } from "./slot-folder.ts";

/** What each task of a worker gets for itself. */
export interface SlotRequest {
  /** One of these, as in `CUDA_VISIBLE_DEVICES`. Default: tasks see the GPUs that this process sees. */
  readonly gpus?: readonly string[] | undefined;
  /** So many CPUs. Default: tasks share those of this process. */
  readonly cpus?: number | undefined;
}

/** What one task has for itself. */
export interface Slot {
  /** Variables for its commands. */
  readonly env: Readonly<Record<string, string>>;
  release(): void;
}

/** Libraries that otherwise start a thread for each CPU of the host. */
const THREAD_COUNTS = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"];

/**
 * Takes GPUs and CPUs for a task: no task of another worker of this user on this host has them then, of whatever project,
 * and what a worker had that is gone is free again.
 *
 * @param env - Of the worker: what the user has set stays.
 * @returns `undefined` when there are not enough at the moment.
 * @throws {@link NotSoManyCpusError}; `SlotFolderError`.
 */
export function takeSlot(request: SlotRequest, env: NodeJS.ProcessEnv): Slot | undefined {
  const { gpus, cpus } = request;
  const locks: FolderLock[] = [];
  const release = (): void => locks.forEach((lock) => lock.release());
  const variables: Record<string, string> = {};
  if (gpus !== undefined) {
    const taken = takeSome("gpus", gpus, 1, env);
    if (taken === undefined) return undefined;
    locks.push(...taken.locks);
    variables["CUDA_VISIBLE_DEVICES"] = taken.names.join(",");
  }
  if (cpus !== undefined) {
    const taken = takeSome("cpus", usableCpus(cpus), cpus, env);
    if (taken === undefined) {
      release();
      return undefined;
    }
    locks.push(...taken.locks);
    variables["WAYMARK_CPUS"] = taken.names.join(",");
    for (const name of THREAD_COUNTS) if (env[name] === undefined) variables[name] = String(cpus);
  }
  return { env: variables, release };
}

/**
 * Lists the CPUs that this process may use.
 *
 * @throws {@link NotSoManyCpusError} when they are fewer than are wanted.
 */
export function usableCpus(wanted: number): readonly string[] {
  const allowed = readAllowedCpus();
  // In a container there may be time for fewer than are allowed.
  const count = availableParallelism();
  const cpus = allowed ?? Array.from({ length: count }, (_, at) => String(at));
  const usable = cpus.slice(0, Math.max(count, 1));
  if (wanted > usable.length) throw new NotSoManyCpusError(wanted, usable.length);
  return usable;
}

function takeSome(
  kind: "gpus" | "cpus",
  names: readonly string[],
  count: number,
  env: NodeJS.ProcessEnv,
): { readonly names: readonly string[]; readonly locks: readonly FolderLock[] } | undefined {
  const folder = join(slotFolder(env), kind);
  // One looks at a time: of two that want two CPUs, each would have one and wait for the other.
  const looking = tryLock(join(folder, "looking"));
  if (looking === undefined) return undefined;
  const taken = new Map<string, FolderLock>();
  try {
    for (const name of names) {
      if (taken.size === count) break;
      const lock = tryLock(join(folder, encodeURIComponent(name)));
      if (lock !== undefined) taken.set(name, lock);
    }
  } finally {
    looking.release();
  }
  if (taken.size === count) return { names: [...taken.keys()], locks: [...taken.values()] };
  for (const lock of taken.values()) lock.release();
  return undefined;
}

function tryLock(folder: string): FolderLock | undefined {
  try {
    return acquireFolderLock(folder);
  } catch (error) {
    if (error instanceof FolderInUseError) return undefined;
    throw error;
  }
}

/** @returns `undefined` where the system does not tell. */
function readAllowedCpus(): readonly string[] | undefined {
  let status: string;
  try {
    status = readFileSync("/proc/self/status", "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES")) return undefined;
    throw error;
  }
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/mu.exec(status)?.[1];
  return list?.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => String(first + at));
  });
}
