import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isErrno, replaceFileSync } from "@waymark/files";
import { type DvcProject, PathLocks } from "@waymark/pipeline";

/** The files that a run in the workspace begins with instead of those that are there: params that were set. */
export class RunFiles {
  readonly #root: string;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #before = new Map<string, Buffer | undefined>();
  #isUsed = false;

  /**
   * @param root - Of the repository.
   * @param files - By path relative to it.
   */
  constructor(root: string, files: ReadonlyMap<string, Uint8Array>) {
    this.#root = root;
    this.#files = files;
  }

  /**
   * Puts them in place, where they are not yet.
   *
   * @param dvc - Whose stages are to read them. It is locked, but commands of others that run now have let go of that: a
   *   file that one of them reads is not to be changed under it.
   * @throws `PathBusyError` before any of them is changed.
   */
  place(dvc: DvcProject | undefined): void {
    const changed = [...this.#files].flatMap(([path, content]) => {
      const absolute = join(this.#root, path);
      const before = readIfThere(absolute);
      return before?.equals(content) === true ? [] : [{ path, absolute, content, before }];
    });
    if (changed.length === 0) return;
    const paths = changed.map(({ absolute }) => absolute);
    const lock = dvc === undefined ? undefined : lockPaths(dvc, paths);
    try {
      for (const { path, absolute, content, before } of changed) {
        this.#before.set(path, before);
        mkdirSync(dirname(absolute), { recursive: true });
        replaceFileSync(absolute, content);
      }
    } finally {
      lock?.release();
    }
  }

  /** A command begins that may read them. */
  markUsed(): void {
    this.#isUsed = true;
  }

  /** Whether any command may have read them. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Puts back what was there: the run has not begun. What somebody has edited since stays. */
  putBack(): void {
    for (const [path, before] of this.#before) {
      const absolute = join(this.#root, path);
      if (readIfThere(absolute)?.equals(this.#files.get(path) ?? Buffer.of()) !== true) continue;
      if (before === undefined) rmSync(absolute);
      else replaceFileSync(absolute, before);
    }
  }
}

function lockPaths(dvc: DvcProject, write: readonly string[]): { release(): void } {
  const locks = new PathLocks(dvc.dvcDir, { usesHardlinkLock: dvc.config.usesHardlinkLock });
  return locks.acquire({ read: [], write }, "waymark exp run -S");
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
