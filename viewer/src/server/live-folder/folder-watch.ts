import { watch, type FSWatcher } from "node:fs";

/** Watches that all runs together may hold; beyond it a run is looked at from time to time. */
const MAX_WATCHES = 4096;

let held = 0;

/**
 * Watches a changing set of folders, each for itself. Watching the folder instead of its files survives files that are
 * replaced by a rename. Events say that something happened, never what: some get lost, some are merged.
 */
export class FolderWatch {
  readonly #onEvent: () => void;
  readonly #ignoresContent: boolean;
  readonly #watchers = new Map<string, FSWatcher>();

  /**
   * @param onEvent - Called for every event, often many times in a row.
   * @param interest - `entries` leaves out changes of content: only files that come, go and are renamed count.
   */
  constructor(onEvent: () => void, interest: "content" | "entries" = "content") {
    this.#onEvent = onEvent;
    this.#ignoresContent = interest === "entries";
  }

  /** Watches exactly `folders` (absolute). Those that are not there, or one too many, are left to polling. */
  follow(folders: readonly string[]): void {
    const wanted = new Set(folders);
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
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
      watcher = watch(folder, { persistent: false }, (event) => {
        if (event === "rename" || !this.#ignoresContent) this.#onEvent();
      });
    } catch {
      // Not there yet, or the system allows no more watches: polling covers it.
      return;
    }
    held++;
    this.#watchers.set(folder, watcher);
    watcher.on("error", () => {
      watcher.close();
      this.#forget(folder);
    });
  }

  #forget(folder: string): void {
    if (this.#watchers.delete(folder)) held--;
  }
}
