import { join } from "node:path";
import { RUN_FOLDER } from "@waymark/core";
import type { RunInfo } from "../../protocol.ts";
import type { History } from "../history/history.ts";
import { FolderWatch } from "./folder-watch.ts";
import type { LiveFolder } from "./live-folder.ts";

/** What a watched run reports. */
export interface WatchedRunListener {
  /** Points of histories that are drawn changed. */
  readonly onPoints: () => void;
  /** The row changed; called at a pace that keeps the catalog small on the wire. */
  readonly onRow: (row: RunInfo) => void;
  /** A history has rows waiting to be read. */
  readonly onWaiting: () => void;
}

/** Two looks at what is drawn are at least this far apart, however many events come. */
const LOOK_GAP_MS = 40;
/** How long a run counts as changing after its last data. */
const ACTIVE_MS = 5000;
/** Histories that are only counted: looking at this many costs about a millisecond. */
const FILES_PER_LOOK = 150;
/** Catalog rows of all changing runs together stay below this many bytes per second and page. */
const ROW_BYTES_PER_SECOND = 100_000;

/** How often something is looked at: after an event, while a run changes, while it is quiet, and after it has ended. */
interface Pace {
  readonly eventMs?: number;
  readonly activeMs: number;
  readonly quietMs: number;
  readonly endedMs: number;
}

const PACES = {
  /** Drawn histories: events bring looks at once, this is for events that got lost. */
  drawn: { activeMs: 100, quietMs: 1000, endedMs: 2000 },
  /** run.json, params.yaml, metrics.json. */
  files: { eventMs: 200, activeMs: 1000, quietMs: 5000, endedMs: 15_000 },
  /** New metrics, images, plots. */
  scan: { eventMs: 500, activeMs: 2000, quietMs: 10_000, endedMs: 60_000 },
  /** Histories that are only counted. */
  counted: { eventMs: 250, activeMs: 2000, quietMs: 10_000, endedMs: 60_000 },
  /** Whether the process is still there. */
  row: { activeMs: 1000, quietMs: 2000, endedMs: 15_000 },
} as const satisfies Record<string, Pace>;

/** Looks at one live folder whenever something happened there, and from time to time in case an event got lost. */
export class WatchedRun {
  readonly folder: LiveFolder;
  /** Size of the last row on the wire. */
  rowBytes = 0;
  readonly #listener: WatchedRunListener;
  readonly #watch: FolderWatch;
  #lookTimer: NodeJS.Timeout | undefined;
  #hasEvent = false;
  #eventMs = 0;
  #lookedMs = 0;
  #filesMs = 0;
  #scannedMs = 0;
  #countedMs = 0;
  #judgedMs = 0;
  #sentMs = 0;
  #sent = "";
  #hasEnded = false;
  #isRowDue = false;
  #isRowUrgent = false;

  constructor(folder: LiveFolder, listener: WatchedRunListener) {
    this.folder = folder;
    this.#listener = listener;
    this.#watch = new FolderWatch(() => this.#onEvent());
  }

  /** Reads the folder for the first time and reports its row. */
  start(): void {
    const now = Date.now();
    this.#guard(() => {
      this.#refreshFiles(now);
      this.#scan(now);
    });
    this.#sendRow(now);
  }

  close(): void {
    clearTimeout(this.#lookTimer);
    this.#watch.close();
    this.folder.close();
  }

  /** Whether something came lately. */
  isChanging(nowMs: number): boolean {
    return this.#hasEvent || nowMs - this.folder.lastDataMs < ACTIVE_MS;
  }

  /** Whether nothing more is expected: such a run need not be asked often what is due. */
  get isResting(): boolean {
    return this.#hasEnded && !this.#hasEvent && !this.#isRowDue;
  }

  /** Asks for a fresh row soon. */
  touch(): void {
    this.#isRowDue = true;
    this.#isRowUrgent = true;
  }

  /** Says that a slice of a history that was behind has been read. */
  noteRead(history: History): void {
    this.#isRowDue = true;
    if (history.isRetained) this.#listener.onPoints();
  }

  /** Does what is due. @param allRowBytes - Size of the rows of all runs that change now. */
  tick(nowMs: number, allRowBytes: number): void {
    this.#guard(() => this.#doDue(nowMs, allRowBytes));
  }

  /** What goes wrong with one run is shown on that run; the others go on. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.folder.failure = error instanceof Error ? error.message : String(error);
      this.touch();
    }
  }

  #doDue(nowMs: number, allRowBytes: number): void {
    const isActive = this.isChanging(nowMs);
    const isDue = (lastMs: number, { eventMs = Infinity, activeMs, quietMs, endedMs }: Pace): boolean => {
      const usual = isActive ? activeMs : this.#hasEnded ? endedMs : quietMs;
      return nowMs - lastMs >= (this.#hasEvent ? Math.min(eventMs, usual) : usual);
    };
    if (isDue(this.#lookedMs, PACES.drawn)) this.#look();
    const hadEvent = this.#hasEvent;
    if (isDue(this.#filesMs, PACES.files)) this.#refreshFiles(nowMs);
    if (isDue(this.#scannedMs, PACES.scan)) this.#scan(nowMs);
    const pause = Math.max(1, this.folder.metricCount / FILES_PER_LOOK);
    const { eventMs, activeMs, quietMs, endedMs } = PACES.counted;
    const counted = { eventMs: eventMs * pause, activeMs: activeMs * pause, quietMs: quietMs * pause, endedMs };
    if (isDue(this.#countedMs, counted)) this.#count(nowMs);
    // An event has been answered once the slowest of the quick looks has been taken after it.
    if (hadEvent && nowMs - this.#eventMs >= PACES.scan.eventMs) this.#hasEvent = false;
    if (isDue(this.#judgedMs, PACES.row)) {
      this.#judgedMs = nowMs;
      this.#isRowDue = true;
    }
    const gap = this.#isRowUrgent ? 100 : Math.min(5000, Math.max(250, (allRowBytes / ROW_BYTES_PER_SECOND) * 1000));
    if (this.#isRowDue && nowMs - this.#sentMs >= gap) this.#sendRow(nowMs);
  }

  #onEvent(): void {
    const now = Date.now();
    if (!this.#hasEvent) this.#eventMs = now;
    this.#hasEvent = true;
    if (this.#lookTimer !== undefined) return;
    this.#lookTimer = setTimeout(
      () => this.#guard(() => this.#look()),
      Math.max(0, this.#lookedMs + LOOK_GAP_MS - now),
    );
    this.#lookTimer.unref();
  }

  #look(): void {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = undefined;
    const now = Date.now();
    this.#lookedMs = now;
    if (!this.folder.pollRetained(now)) return;
    this.#isRowDue = true;
    this.#listener.onPoints();
    if (this.folder.hasWaiting()) this.#listener.onWaiting();
  }

  #refreshFiles(nowMs: number): void {
    this.#filesMs = nowMs;
    const before = this.folder.runFile?.runId;
    if (!this.folder.refreshFiles(nowMs)) return;
    this.touch();
    // A new run in the same folder has cleared it: what is listed belongs to the last one.
    if (this.folder.runFile?.runId !== before) this.#scan(nowMs);
  }

  #scan(nowMs: number): void {
    this.#scannedMs = nowMs;
    if (this.folder.scan()) this.touch();
    this.#watch.follow(this.#watchedFolders());
    if (this.folder.hasWaiting()) this.#listener.onWaiting();
  }

  #count(nowMs: number): void {
    this.#countedMs = nowMs;
    if (this.folder.pollCounted(nowMs)) this.#isRowDue = true;
    if (this.folder.hasWaiting()) this.#listener.onWaiting();
  }

  /** With a step file one event tells of a whole step; without one the histories' own folders are watched. */
  #watchedFolders(): string[] {
    const folders = [this.folder.path, join(this.folder.path, RUN_FOLDER)];
    return this.folder.hasStepFile ? folders : [...folders, ...this.folder.metricFolders.slice(0, 64)];
  }

  #sendRow(nowMs: number): void {
    this.#isRowDue = false;
    this.#isRowUrgent = false;
    this.#sentMs = nowMs;
    const row = this.folder.row(nowMs);
    this.#hasEnded = row.state !== "running" && row.state !== "stalled" && !this.isChanging(nowMs);
    const text = JSON.stringify(row);
    if (text === this.#sent) return;
    this.#sent = text;
    this.rowBytes = text.length;
    this.#listener.onRow(row);
  }
}
