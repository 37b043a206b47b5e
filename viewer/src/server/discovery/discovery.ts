import { performance } from "node:perf_hooks";
import { FolderWatch } from "../live-folder/folder-watch.ts";
import { findLiveFolders, type FoundFolder } from "./find-folders.ts";

/** A folder that comes or goes is acted on this soon: a logger makes several in a row. */
const SETTLE_MS = 30;
/** Folders that are made are often filled a little later than their events arrive. */
const SECOND_LOOK_MS = 400;
/** Events get lost, and not every folder can be watched. */
const SLOW_POLL_MS = 5000;
/** Searching because of events takes at most this share of the time, */
const EVENT_SHARE = 0.1;
/** and searching without any at most this. */
const IDLE_SHARE = 0.01;
/** Folders that are watched for new live folders; further ones are left to the slow search. */
const MAX_WATCHED = 2000;

/** Finds the live folders of a project and keeps finding them while they come and go. */
export class Discovery {
  readonly #root: string;
  readonly #onFound: (found: readonly FoundFolder[]) => void;
  readonly #watch: FolderWatch;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Infinity;
  #notBeforeMs = 0;
  #isSearching = false;
  #hadEvent = false;
  #isClosed = false;

  /** @param onFound - Given all live folders after every search. */
  constructor(root: string, onFound: (found: readonly FoundFolder[]) => void) {
    this.#root = root;
    this.#onFound = onFound;
    this.#watch = new FolderWatch(() => this.#onEvent(), "entries");
  }

  /** Searches once and goes on watching. */
  async start(): Promise<void> {
    await this.#search();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
  }

  #onEvent(): void {
    this.#hadEvent = true;
    if (!this.#isSearching) this.#searchIn(SETTLE_MS);
  }

  /** Searches after `delayMs`, or when the last search was cheap enough to search again, unless it will sooner. */
  #searchIn(delayMs: number): void {
    const now = performance.now();
    const due = Math.max(now + delayMs, this.#notBeforeMs);
    if (this.#isClosed || due >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = due;
    this.#timer = setTimeout(() => void this.#search(), due - now);
    this.#timer.unref();
  }

  async #search(): Promise<void> {
    const isAfterEvent = this.#hadEvent;
    this.#hadEvent = false;
    this.#isSearching = true;
    this.#dueMs = Infinity;
    const started = performance.now();
    const { found, searched } = await findLiveFolders(this.#root);
    const took = performance.now() - started;
    this.#isSearching = false;
    if (this.#isClosed) return;
    this.#notBeforeMs = performance.now() + took / EVENT_SHARE;
    this.#watch.follow(searched.slice(0, MAX_WATCHED));
    this.#onFound(found);
    if (this.#hadEvent) this.#searchIn(SETTLE_MS);
    else this.#searchIn(isAfterEvent ? SECOND_LOOK_MS : Math.max(SLOW_POLL_MS, took / IDLE_SHARE));
  }
}
