import { errorCode } from "@waymark/files";
import { Series } from "./series.ts";
import { HistoryTail } from "./tail.ts";

/** One metric's file: always counted, and held in columns while somebody looks at it. */
export class History {
  /** The metric's full name: `train/loss`. */
  readonly name: string;
  readonly series: Series;
  /** Why the file cannot be read, in one line. */
  problem: string | undefined;
  /** Whether more of the file waits to be read. */
  isBehind = true;
  /** As of the last time all of the file had been read, so that nothing counts up from 0 again while it is read. */
  summary: HistorySummary = { rows: 0, last: undefined, lastStep: undefined, hasTimestamps: false };
  readonly #tail: HistoryTail;
  readonly #shelf: HistoryShelf;
  #readers = 0;

  constructor(name: string, path: string, shelf: HistoryShelf) {
    this.name = name;
    this.series = new Series(false);
    this.#tail = new HistoryTail(path, this.series);
    this.#shelf = shelf;
  }

  get path(): string {
    return this.#tail.path;
  }

  /** Whether somebody draws it now. */
  get isRetained(): boolean {
    return this.#readers > 0;
  }

  /** Keeps the points in memory until the same number of calls to {@link release}. */
  retain(): void {
    this.#readers++;
    this.#shelf.take(this);
    if (this.series.keepsPoints) return;
    this.#tail.restart();
    this.series.reset();
    this.series.keepsPoints = true;
    // Most histories are read in one go, so that the first frame of a chart shows them whole.
    this.poll(Date.now());
    if (this.isBehind) this.#shelf.onWanted();
  }

  release(): void {
    this.#readers--;
    if (this.#readers > 0) return;
    this.#tail.close();
    this.#shelf.put(this);
  }

  /** Drops the points, which nobody draws, and goes on counting. */
  forgetPoints(): void {
    this.series.dropPoints();
  }

  /**
   * Looks at the file once, reading one slice at most.
   *
   * @returns Whether anything changed.
   */
  poll(nowMs: number): boolean {
    try {
      const outcome = this.#tail.poll(nowMs);
      this.isBehind = outcome.isBehind;
      if (!this.isBehind && outcome.change !== "none") this.summary = summarise(this.series);
      if (outcome.change === "grown" || outcome.change === "replaced") this.series.noticedMs = nowMs;
      const problem = this.series.malformedRows > 0 ? malformedText(this.series.malformedRows) : undefined;
      const isNewProblem = problem !== this.problem;
      this.problem = problem;
      return outcome.change !== "none" || isNewProblem;
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      const problem = `cannot be read (${code})`;
      const isNew = this.problem !== problem;
      this.problem = problem;
      this.isBehind = false;
      return isNew;
    } finally {
      // Descriptors are for what is drawn: a project may hold more histories than a process may open.
      if (this.#readers === 0 || !this.#shelf.mayStayOpen()) this.#tail.close();
    }
  }

  /** Ends all reading. */
  close(): void {
    this.#tail.close();
    this.#shelf.take(this);
  }
}

/** What the catalog says of a history. */
export interface HistorySummary {
  readonly rows: number;
  readonly last: number | string | undefined;
  readonly lastStep: number | undefined;
  readonly hasTimestamps: boolean;
}

function summarise({ rows, last, lastStep, hasTimestamps }: Series): HistorySummary {
  return { rows, last, lastStep, hasTimestamps };
}

function malformedText(count: number): string {
  return count === 1 ? "one row cannot be read and is left out" : `${count} rows cannot be read and are left out`;
}

/** Keeps the points of histories that nobody draws any more, up to a size: scrolling back is then free. */
export class HistoryShelf {
  /** Called when a history is drawn whose points are not all read yet. */
  onWanted: () => void = () => undefined;
  readonly #limitBytes: number;
  readonly #shelved = new Set<History>();
  #retained = new Set<History>();

  /** @param limitBytes - Default 48 MiB. */
  constructor(limitBytes = 48 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  take(history: History): void {
    this.#shelved.delete(history);
    if (history.isRetained) this.#retained.add(history);
    else this.#retained.delete(history);
  }

  put(history: History): void {
    this.#retained.delete(history);
    this.#shelved.add(history);
    let size = 0;
    for (const shelved of this.#shelved) size += shelved.series.sizeBytes;
    for (const oldest of this.#shelved) {
      if (size <= this.#limitBytes) return;
      size -= oldest.series.sizeBytes;
      this.#shelved.delete(oldest);
      oldest.forgetPoints();
    }
  }

  /** Whether a history that is drawn may keep its descriptor between two looks. */
  mayStayOpen(): boolean {
    return this.#retained.size <= 500;
  }
}
