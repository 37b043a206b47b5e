import { TrackerError } from "@waymark/core";
import type { PathLockHolder } from "./path-locks.ts";

/** Another command works on a path. */
export class PathBusyError extends TrackerError {
  override readonly code = "PATH_BUSY";
  /** Absolute. */
  readonly path: string;
  readonly holders: readonly PathLockHolder[];

  constructor(path: string, holders: readonly PathLockHolder[], file: string) {
    const names = holders.map(({ pid, cmd }) => `process ${pid} (${cmd})`).join(", ");
    super(`'${path}' is busy: ${names} works on it`, {
      hint: `Wait for the other command to finish. If there is no such process, remove '${file}'.`,
    });
    this.path = path;
    this.holders = holders;
  }
}

/** The file of path locks is not what either tool writes. */
export class PathLocksCorruptError extends TrackerError {
  override readonly code = "PATH_LOCKS_CORRUPT";

  constructor(file: string, reason: string) {
    super(`'${file}' cannot be read: ${reason}`, { hint: `If no other command is running, remove '${file}'.` });
  }
}
