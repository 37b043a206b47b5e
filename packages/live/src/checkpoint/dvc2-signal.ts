import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

/** How often DVC 2 looks for its signal file, and we for its removal. */
const POLL_MS = 100;

/**
 * The checkpoint signal of DVC 2: an empty file the runner removes once it has committed.
 *
 * @param isWaiting - Asked at every poll; false gives up, for a runner that is gone.
 */
export async function signalDvc2Checkpoint(dvcRoot: string, isWaiting: () => boolean): Promise<boolean> {
  const path = raise(dvcRoot);
  while (existsSync(path)) {
    if (!isWaiting()) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

/** The same, for a step that ends where nothing can be awaited. */
export function signalDvc2CheckpointSync(dvcRoot: string, isWaiting: () => boolean): boolean {
  const path = raise(dvcRoot);
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (existsSync(path)) {
    if (!isWaiting()) return false;
    Atomics.wait(cell, 0, 0, POLL_MS);
  }
  return true;
}

function raise(dvcRoot: string): string {
  const folder = join(dvcRoot, ".dvc", "tmp");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "DVC_CHECKPOINT");
  const descriptor = openSync(path, "w");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return path;
}
