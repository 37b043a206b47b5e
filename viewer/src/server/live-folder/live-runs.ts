import { performance } from "node:perf_hooks";
import type { RunInfo } from "../../protocol.ts";
import { Discovery } from "../discovery/discovery.ts";
import type { FoundFolder } from "../discovery/find-folders.ts";
import type { History, HistoryShelf } from "../history/history.ts";
import { LiveFolder } from "./live-folder.ts";
import { ForeignProcess } from "./foreign-process.ts";
import { PlotSettings } from "./plot-settings.ts";
import { WatchedRun } from "./watched-run.ts";

/** What the live folders of a project report. */
export interface LiveRunsListener {
  /** A run is new or its row changed. */
  readonly onRow: (row: RunInfo) => void;
  readonly onGone: (id: string) => void;
  /** Points of a run that is drawn changed. */
  readonly onPoints: (id: string) => void;
}

/** What live folders are read with. */
export interface LiveRunsOptions {
  readonly root: string;
  readonly shelf: HistoryShelf;
}

/** How often runs are looked at to see what is due. */
const TICK_MS = 50;
const RESTING_TURNS = 20;
/** Reading what lies on disk already gives way to everything else after this long. */
const PUMP_MS = 8;

/** All live folders of a project: found, watched, read, and reported row by row. */
export class LiveRuns {
  readonly #options: LiveRunsOptions;
  readonly #listener: LiveRunsListener;
  readonly #runs = new Map<string, WatchedRun>();
  readonly #discovery: Discovery;
  readonly #plotSettings: PlotSettings;
  readonly #foreignProcess: ForeignProcess;
  #ticker: NodeJS.Timeout | undefined;
  #pump: NodeJS.Immediate | undefined;
  #overMs: number | undefined;
  #rowBytes = 0;
  #ticks = 0;

  constructor(options: LiveRunsOptions, listener: LiveRunsListener) {
    this.#options = options;
    this.#listener = listener;
    this.#plotSettings = new PlotSettings(options.root);
    this.#foreignProcess = new ForeignProcess(options.root);
    this.#discovery = new Discovery(options.root, (found) => this.#onFound(found));
  }

  /** Finds what is there and goes on from then on. */
  async start(): Promise<void> {
    await this.#discovery.start();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#ticker.unref();
  }

  close(): void {
    this.#discovery.close();
    clearInterval(this.#ticker);
    clearImmediate(this.#pump);
    for (const run of this.#runs.values()) run.close();
    this.#runs.clear();
  }

  /** The live folder with this run id. */
  get(id: string): LiveFolder | undefined {
    return this.#runs.get(id)?.folder;
  }

  /** All live folders. */
  folders(): LiveFolder[] {
    return [...this.#runs.values()].map((run) => run.folder);
  }

  /** Says that a history begins to be drawn, so that its points are wanted now. */
  wake(): void {
    this.#pump ??= setImmediate(() => this.#readWaiting());
  }

  /** Looks into these work trees of runs as well, relative to the root, and into no others. */
  lookInto(places: readonly string[]): void {
    this.#discovery.lookInto(places);
  }

  /** Says that something outside the folder changed the row of a run (its experiment in Git did). */
  touch(id: string): void {
    this.#runs.get(id)?.touch();
  }

  /** Says when the last recorded run of the workspace ended, epoch milliseconds; `undefined` while one goes on. */
  noteOver(overMs: number | undefined): void {
    if (overMs === this.#overMs) return;
    this.#overMs = overMs;
    for (const run of this.#runs.values()) if (run.folder.runFile === undefined) run.touch();
  }

  #onFound(found: readonly FoundFolder[]): void {
    const seen = new Set(found.map(({ folder }) => `live:${folder}`));
    for (const [id, run] of this.#runs) {
      if (seen.has(id)) continue;
      run.close();
      this.#runs.delete(id);
      this.#listener.onGone(id);
    }
    for (const { folder, layout } of found) {
      if (this.#runs.has(`live:${folder}`)) continue;
      const live = new LiveFolder({
        ...this.#options,
        folder,
        layout,
        plotSettings: this.#plotSettings,
        foreignProcess: this.#foreignProcess,
        overMs: () => this.#overMs,
      });
      const run = new WatchedRun(live, {
        onPoints: () => this.#listener.onPoints(live.id),
        onRow: (row) => this.#listener.onRow(row),
        onWaiting: () => this.wake(),
      });
      this.#runs.set(live.id, run);
      run.start();
    }
  }

  #tick(): void {
    const now = Date.now();
    this.#rowBytes = 0;
    for (const run of this.#runs.values()) if (run.isChanging(now)) this.#rowBytes += run.rowBytes;
    // Hundreds of runs that ended long ago take turns: their shortest pace is far above the tick.
    let turn = this.#ticks++;
    for (const run of this.#runs.values()) {
      turn++;
      if (!run.isResting || turn % RESTING_TURNS === 0) run.tick(now, this.#rowBytes);
    }
  }

  /** Reads histories that have rows waiting, a slice at a time: first those that are drawn. */
  #readWaiting(): void {
    this.#pump = undefined;
    const until = performance.now() + PUMP_MS;
    for (const isDrawn of [true, false]) {
      for (const run of this.#runs.values()) {
        for (const history of run.folder.histories()) {
          if (history.isRetained !== isDrawn || !history.isBehind) continue;
          this.#readAll(run, history, until);
          if (performance.now() < until) continue;
          this.wake();
          return;
        }
      }
    }
  }

  #readAll(run: WatchedRun, history: History, until: number): void {
    let hasChanged = false;
    do hasChanged = history.poll(Date.now()) || hasChanged;
    while (history.isBehind && performance.now() < until);
    if (hasChanged) run.noteRead(history);
  }
}
