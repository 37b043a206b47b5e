import { relative } from "node:path";
import { watch, type ChokidarOptions, type FSWatcher } from "chokidar";
import { statIfSeen } from "../history/stat.ts";
import { SKIPPED, type SearchedFolder } from "./find-folders.ts";

/** Folders that are watched; further ones are left to the slow search. */
const MAX_FOLDERS = 1500;
/** Every event costs a look at each entry of its folder: one with more holds data, not runs. */
const MAX_ENTRIES = 2000;
/** Entries of all watched folders together: each is looked at once when its folder is first watched. */
const MAX_ALL_ENTRIES = 20_000;
/** More events than this in a second come from files that are written, which is of no interest here. */
const NOISY_EVENTS = 20;
/** How often a folder is asked whether entries came or went when its events cannot be had or are too many. */
const POLL_MS = 250;
const MAX_POLLED = 32;

interface Watched {
  readonly folder: SearchedFolder;
  /** Absent when the folder is left to the slow search. */
  readonly watcher: FSWatcher | undefined;
  readonly isPolled: boolean;
}

/**
 * Watches a changing set of folders for folders that come and go in them. Each has a watcher for itself, because one
 * that watched all would remember every path that it was ever told to leave alone.
 */
export class EntryWatch {
  readonly #onChange: (path: string) => void;
  readonly #watched = new Map<string, Watched>();

  /** @param onChange - Given the folder that came or went, or one that changed before its watch began. */
  constructor(onChange: (path: string) => void) {
    this.#onChange = onChange;
  }

  /** Watches exactly these folders, as far as the limits allow; the first ones come first. */
  follow(folders: readonly SearchedFolder[]): void {
    const wanted = new Map(chooseWatched(folders).map((folder) => [folder.path, folder]));
    for (const [path, { folder }] of this.#watched) {
      // A folder that was removed and made again is another one, of which the old watch tells nothing.
      if (wanted.get(path)?.identity !== folder.identity) this.#unwatch(path);
    }
    for (const folder of wanted.values()) if (!this.#watched.has(folder.path)) this.#watch(folder);
  }

  close(): void {
    this.follow([]);
  }

  #watch(folder: SearchedFolder): void {
    const watcher = watch(folder.path, watchOptions(folder.path));
    this.#watched.set(folder.path, { folder, watcher, isPolled: false });
    let events = 0;
    let sinceMs = 0;
    watcher.on("raw", () => {
      const now = Date.now();
      if (now - sinceMs > 1000) {
        sinceMs = now;
        events = 0;
      }
      if (++events === NOISY_EVENTS) this.#poll(folder);
    });
    // The system allows no more watches.
    watcher.on("error", () => this.#poll(folder));
    this.#listen(watcher, folder, 0);
  }

  /** A folder's own time tells of its entries: asking for it does not cost more when files are written. */
  #poll(folder: SearchedFolder): void {
    const { path } = folder;
    this.#unwatch(path);
    const polled = [...this.#watched.values()].filter(({ isPolled }) => isPolled).length;
    const isPolled = polled < MAX_POLLED;
    const watcher = isPolled
      ? watch(path, { ...watchOptions(path), usePolling: true, interval: POLL_MS, binaryInterval: POLL_MS })
      : undefined;
    this.#watched.set(path, { folder, watcher, isPolled });
    if (watcher === undefined) return;
    watcher.on("error", () => undefined);
    this.#listen(watcher, folder, POLL_MS);
  }

  /** @param beginsMs - How long after it is ready the watch has begun in earnest: polling asks once without a word. */
  #listen(watcher: FSWatcher, { path, changedMs }: SearchedFolder, beginsMs: number): void {
    watcher.on("addDir", this.#onChange);
    watcher.on("unlinkDir", this.#onChange);
    watcher.on("ready", () => {
      const compare = (): void => {
        const isCurrent = this.#watched.get(path)?.watcher === watcher;
        if (isCurrent && statIfSeen(path)?.mtimeMs !== changedMs) this.#onChange(path);
      };
      setTimeout(compare, beginsMs).unref();
    });
  }

  #unwatch(path: string): void {
    void this.#watched.get(path)?.watcher?.close();
    this.#watched.delete(path);
  }
}

/** Picks the folders that are watched: as many as the limits allow, in their order. */
export function chooseWatched(folders: readonly SearchedFolder[]): SearchedFolder[] {
  const chosen: SearchedFolder[] = [];
  let all = 0;
  for (const folder of folders) {
    const { entries } = folder;
    if (entries > MAX_ENTRIES || all + entries > MAX_ALL_ENTRIES) continue;
    if (chosen.length === MAX_FOLDERS) break;
    all += entries;
    chosen.push(folder);
  }
  return chosen;
}

/** Files are of no interest, and neither is what lies further down: it is watched for itself. */
function watchOptions(folder: string): ChokidarOptions {
  return {
    depth: 0,
    ignored: (path, stats) => {
      const name = relative(folder, path);
      if (name === "") return false;
      // The folder beside the histories is skipped by searches, but tells that a run begins.
      return (SKIPPED.has(name) && name !== ".waymark") || (stats !== undefined && !stats.isDirectory());
    },
    ignoreInitial: true,
    ignorePermissionErrors: true,
    followSymlinks: false,
    atomic: false,
    awaitWriteFinish: false,
  };
}
