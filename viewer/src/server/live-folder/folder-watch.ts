import { watch, type FSWatcher, type Stats } from "node:fs";
import { statIfSeen } from "../history/stat.ts";

/** Watches that all runs together may hold; beyond it a run is looked at from time to time. */
const MAX_WATCHES = 4096;

let held = 0;

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string | undefined;
}

/**
 * Watches a changing set of folders, each for itself. Watching the folder instead of its files survives files that are
 * replaced by a rename. Events say that something happened, never what: some get lost, some are merged.
 */
export class FolderWatch {
  readonly #onEvent: () => void;
  readonly #watchers = new Map<string, Watched>();

  /** @param onEvent - Called for every event, often many times in a row. */
  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** Watches exactly `folders` (absolute). Those that are not there, or one too many, are left to polling. */
  follow(folders: readonly string[]): void {
    const wanted = new Set(folders);
    for (const [folder, { watcher, identity }] of this.#watchers) {
      // A folder that was removed and made again is another one, of which the old watch tells nothing.
      if (wanted.has(folder) && identityOf(folder) === identity) continue;
      watcher.close();
      this.#forget(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder) && held < MAX_WATCHES) this.#watch(folder);
  }

  close(): void {
    this.follow([]);
  }

  #watch(folder: string): void {
    let watcher: FSWatcher;
    try {
      watcher = watch(folder, { persistent: false }, this.#onEvent);
    } catch {
      // Not there yet, or the system allows no more watches: polling covers it.
      return;
    }
    held++;
    this.#watchers.set(folder, { watcher, identity: identityOf(folder) });
    watcher.on("error", () => {
      watcher.close();
      this.#forget(folder);
    });
  }

  #forget(folder: string): void {
    if (this.#watchers.delete(folder)) held--;
  }
}

/** Returns what tells a folder from one made later under its name: inode numbers are given out again at once. */
export function folderIdentity({ ino, birthtimeMs }: Stats): string {
  return `${ino}:${birthtimeMs}`;
}

function identityOf(folder: string): string | undefined {
  const stats = statIfSeen(folder);
  return stats === undefined ? undefined : folderIdentity(stats);
}
