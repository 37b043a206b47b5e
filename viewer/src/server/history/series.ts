import { lowerBound } from "@waymark/plots";
import type { TailTarget } from "./tail.ts";

/** Rows of rewound stretches that are kept for drawing; beyond it older ones stay, newer ones are only counted. */
const MAX_REWOUND = 100_000;

/** Tells one reader how much of what it has seen of a series still holds. */
export interface SeriesCursor {
  /** Leading points that are as the reader last saw them. The reader raises it, a rewind lowers it. */
  kept: number;
  /** The series' generation when the reader last looked. */
  generation: number;
}

/**
 * One metric's history in columns. The line holds the newest value of every step, strictly ascending: when steps go
 * back (a resumed run that replays, a script that runs again), the points from there on move to `rewound`.
 */
export class Series implements TailTarget {
  /** Whether points are kept, or only counted. Changing it takes a reset and another reading of the file. */
  keepsPoints: boolean;
  /** Counts up when the history was replaced: nothing that was read before holds. */
  generation = 0;
  /** Rows on disk: the line, what was superseded, and logged strings. */
  rows = 0;
  /** Rows that could not be read. */
  malformedRows = 0;
  lastStep: number | undefined;
  /** The newest row's value: a number or a logged string. */
  last: number | string | undefined;
  /** Epoch milliseconds at which the newest rows were noticed on disk. */
  noticedMs = 0;
  hasTimestamps = false;
  rewoundSteps: number[] = [];
  rewoundValues: number[] = [];
  rewoundTimes: number[] = [];

  #steps = new Float64Array(0);
  #values = new Float64Array(0);
  #times = new Float64Array(0);
  #length = 0;
  #nonFinite: number[] = [];
  readonly #cursors = new Set<SeriesCursor>();

  constructor(keepsPoints = true) {
    this.keepsPoints = keepsPoints;
  }

  /** Points on the line. */
  get length(): number {
    return this.#length;
  }

  /** Strictly ascending; only the first `length` count. Valid until the next change. */
  get steps(): Float64Array {
    return this.#steps;
  }

  /** As logged, non-finite values included. */
  get values(): Float64Array {
    return this.#values;
  }

  /**
   * Epoch milliseconds, never descending (a clock set back holds still until it catches up), `NaN` in rows without;
   * empty when `hasTimestamps` is false.
   */
  get times(): Float64Array {
    return this.#times;
  }

  /** Indices of the line's non-finite values, ascending. */
  get nonFinite(): readonly number[] {
    return this.#nonFinite;
  }

  /** Memory held by the columns. */
  get sizeBytes(): number {
    return (this.#steps.length * 2 + this.#times.length + this.rewoundSteps.length * 3) * 8;
  }

  openCursor(): SeriesCursor {
    const cursor = { kept: 0, generation: this.generation };
    this.#cursors.add(cursor);
    return cursor;
  }

  closeCursor(cursor: SeriesCursor): void {
    this.#cursors.delete(cursor);
  }

  /** Makes room for `rows` more, when the size of a file tells how many will come. */
  expect(rows: number): void {
    const needed = this.#length + rows;
    // A few new rows of a running series are no reason to copy its columns.
    if (this.keepsPoints && needed > this.#steps.length && rows > this.#length / 2) this.#grow(needed);
  }

  row(step: number, value: number, timestampMs: number): void {
    this.rows++;
    this.lastStep = step;
    this.last = value;
    if (!this.keepsPoints) {
      if (timestampMs === timestampMs) this.hasTimestamps = true;
      return;
    }
    const previous = this.#steps[this.#length - 1];
    if (this.#length > 0 && previous !== undefined && step <= previous) this.#rewind(step);
    if (this.#length === this.#steps.length) this.#grow(Math.max(64, Math.ceil(this.#length * 1.5)));
    const at = this.#length;
    this.#steps[at] = step;
    this.#values[at] = value;
    if (timestampMs === timestampMs) this.#setTime(at, timestampMs);
    else if (this.#times.length > 0) this.#times[at] = Number.NaN;
    if (!(value - value === 0)) this.#nonFinite.push(at);
    this.#length = at + 1;
  }

  text(step: number, text: string): void {
    this.rows++;
    this.lastStep = step;
    this.last = text;
  }

  skip(rows: number): void {
    this.rows += rows;
  }

  malformed(): void {
    this.malformedRows++;
  }

  /** Forgets everything: the file was replaced, truncated or deleted. */
  reset(): void {
    this.generation++;
    this.rows = 0;
    this.malformedRows = 0;
    this.lastStep = undefined;
    this.last = undefined;
    this.hasTimestamps = false;
    this.#dropColumns();
  }

  /** Lets the points go and keeps the counts: the file goes on being followed, but only counted. */
  dropPoints(): void {
    this.generation++;
    this.keepsPoints = false;
    this.#dropColumns();
  }

  #dropColumns(): void {
    this.rewoundSteps = [];
    this.rewoundValues = [];
    this.rewoundTimes = [];
    this.#nonFinite = [];
    this.#steps = new Float64Array(0);
    this.#values = new Float64Array(0);
    this.#times = new Float64Array(0);
    this.#keep(0);
  }

  #setTime(at: number, timestampMs: number): void {
    if (this.#times.length === 0) {
      // Most histories have no times: the column is only made when the first one comes.
      this.hasTimestamps = true;
      this.#times = new Float64Array(this.#steps.length).fill(Number.NaN, 0, at);
    }
    const previous = this.#times[at - 1] ?? Number.NaN;
    this.#times[at] = timestampMs < previous ? previous : timestampMs;
  }

  /** Takes the points from `step` on off the line. */
  #rewind(step: number): void {
    const keep = lowerBound(this.#steps, step, 0, this.#length);
    // A step that was logged twice is corrected, not rewound: there is no stretch to draw.
    const isCorrection = keep === this.#length - 1 && this.#steps[keep] === step;
    for (let i = keep; !isCorrection && i < this.#length && this.rewoundSteps.length < MAX_REWOUND; i++) {
      this.rewoundSteps.push(this.#steps[i] ?? 0);
      this.rewoundValues.push(this.#values[i] ?? 0);
      this.rewoundTimes.push(this.#times[i] ?? Number.NaN);
    }
    while ((this.#nonFinite.at(-1) ?? -1) >= keep) this.#nonFinite.pop();
    this.#keep(keep);
  }

  #keep(length: number): void {
    this.#length = length;
    for (const cursor of this.#cursors) cursor.kept = Math.min(cursor.kept, length);
  }

  #grow(capacity: number): void {
    this.#steps = grown(this.#steps, capacity, this.#length);
    this.#values = grown(this.#values, capacity, this.#length);
    if (this.#times.length > 0) this.#times = grown(this.#times, capacity, this.#length);
  }
}

function grown(column: Float64Array, capacity: number, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity);
  larger.set(column.subarray(0, length));
  return larger;
}
