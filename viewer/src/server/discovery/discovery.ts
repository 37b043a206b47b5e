import { performance } from "node:perf_hooks";
import { EntryWatch } from "./entry-watch.ts";
import { findLiveFolders, type FoundFolder } from "./find-folders.ts";
import { FolderMap } from "./folder-map.ts";

/** A folder that comes or goes is acted on this soon: a logger makes several in a row. */
const SETTLE_MS = 30;
/** Folders that are made are often filled a little later than their events arrive. */
const SECOND_LOOK_MS = 400;
/** Events get lost, and not every folder can be watched. */
const SLOW_SEARCH_MS = 5000;
/** Looking because of events takes at most this share of the time, */
const EVENT_SHARE = 0.1;
/** and searching without any at most this. */
const IDLE_SHARE = 0.01;
/** With more changes than this a search of everything is quicker than a look at each. */
const MAX_CHANGES = 200;

/** A path to look at. */
interface Change {
  readonly dueMs: number;
  readonly isSecond: boolean;
}

/** Finds the live folders of a project and keeps finding them while they come and go. */
export class Discovery {
  readonly #root: string;
  readonly #onFound: (found: readonly FoundFolder[]) => void;
  readonly #watch: EntryWatch;
  readonly #folders: FolderMap;
  readonly #changes = new Map<string, Change>();
  #places: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #searchDueMs = 0;
  #notBeforeMs = 0;
  #isBusy = false;
  #isClosed = false;

  /** @param onFound - Given all live folders whenever some may have come or gone. */
  constructor(root: string, onFound: (found: readonly FoundFolder[]) => void) {
    this.#root = root;
    this.#onFound = onFound;
    this.#folders = new FolderMap(root);
    this.#watch = new EntryWatch((path) => this.#onChange(path));
  }

  /** Searches once and goes on watching. */
  async start(): Promise<void> {
    await this.#work();
  }

  /** Looks into these folders as well although searches pass them by, relative to the root, and into no others. */
  lookInto(places: readonly string[]): void {
    if (places.join("\0") === this.#places.join("\0")) return;
    this.#places = places;
    this.#searchDueMs = 0;
    this.#plan();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  #onChange(path: string): void {
    const now = performance.now();
    if (this.#changes.size < MAX_CHANGES) this.#changes.set(path, { dueMs: now + SETTLE_MS, isSecond: false });
    else this.#searchDueMs = Math.min(this.#searchDueMs, now + SECOND_LOOK_MS);
    this.#plan();
  }

  /** Sets the timer to what is due next, unless work is being done that will do so. */
  #plan(): void {
    if (this.#isClosed || this.#isBusy) return;
    let due = this.#searchDueMs;
    for (const change of this.#changes.values()) due = Math.min(due, Math.max(change.dueMs, this.#notBeforeMs));
    if (due === this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = due;
    this.#timer = setTimeout(() => void this.#work(), Math.max(0, due - performance.now()));
    this.#timer.unref();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    this.#dueMs = Infinity;
    const started = performance.now();
    // Timers may fire a little early.
    const due = [...this.#changes].filter(([, { dueMs }]) => dueMs <= started + 1);
    for (const [path, { isSecond }] of due) {
      if (isSecond) this.#changes.delete(path);
      else this.#changes.set(path, { dueMs: started + SECOND_LOOK_MS, isSecond: true });
    }
    if (this.#searchDueMs <= started + 1) {
      const searches = await Promise.all(
        ["", ...this.#places].map(async (place) => findLiveFolders(this.#root, place)),
      );
      this.#folders.replaceAll({
        found: searches.flatMap(({ found }) => found),
        searched: searches.flatMap(({ searched }) => searched),
      });
      const took = performance.now() - started;
      this.#searchDueMs = performance.now() + Math.max(SLOW_SEARCH_MS, took / IDLE_SHARE);
    } else {
      for (const [path] of due) await this.#folders.lookAt(path);
      const now = performance.now();
      this.#notBeforeMs = now + (now - started) / EVENT_SHARE;
    }
    this.#isBusy = false;
    if (this.#isClosed) return;
    this.#watch.follow(this.#folders.searched());
    this.#onFound(this.#folders.found());
    this.#plan();
  }
}
