import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { acquireFolderLock, FolderInUseError, type FolderLock } from "@waymark/files";
import type { Project } from "../project.ts";
import { queueFolder } from "./queue-folder.ts";

/** A GPU that one task has. */
export interface GpuSlot {
  /** As in `CUDA_VISIBLE_DEVICES`: a number or a UUID. */
  readonly gpu: string;
  release(): void;
}

/**
 * Takes one of these GPUs for this process: no task of another worker of this host has it then, and that of a worker
 * that is gone is free again.
 *
 * @returns `undefined` when all are taken.
 */
export function takeGpu(project: Project, gpus: readonly string[]): GpuSlot | undefined {
  for (const gpu of gpus) {
    const folder = join(queueFolder(project), "gpus", encodeURIComponent(gpu));
    mkdirSync(folder, { recursive: true });
    let lock: FolderLock;
    try {
      lock = acquireFolderLock(folder);
    } catch (error) {
      if (error instanceof FolderInUseError) continue;
      throw error;
    }
    return { gpu, release: () => lock.release() };
  }
  return undefined;
}
