import type { SeriesQuery } from "../../protocol.ts";
import { encodeFrame } from "./frame.ts";
import { LineStream } from "./line-stream.ts";
import type { FindSource } from "./source.ts";

/** One chart of one page: what it shows, what was sent of it, and whether the page has taken it in. */
export class Subscription {
  readonly id: number;
  /** When the last frame was sent, milliseconds of any steady clock; `-Infinity` before the first. */
  sentAt = -Infinity;
  readonly #lines: readonly LineStream[];
  readonly #dirty: Set<LineStream>;
  #seq = 0;
  #acknowledged = 0;

  constructor(id: number, query: SeriesQuery) {
    this.id = id;
    this.#lines = query.lines.map((_, index) => new LineStream(query, index));
    this.#dirty = new Set(this.#lines);
  }

  /** Whether there may be something to send, and the page has taken in what was sent before. */
  get isReady(): boolean {
    return this.#acknowledged === this.#seq && (this.#seq === 0 || this.#dirty.size > 0);
  }

  /** Says that points of a run changed (of any run, when none is named). */
  touch(run?: string): void {
    for (const line of this.#lines) if (run === undefined || line.run === run) this.#dirty.add(line);
  }

  /** @returns Whether a frame was waiting for this. */
  acknowledge(seq: number): boolean {
    if (seq !== this.#seq || this.#acknowledged === seq) return false;
    this.#acknowledged = seq;
    return true;
  }

  /** Makes the next frame, or `undefined` when the page has everything already. The first one is always made. */
  next(find: FindSource, now: () => number): Buffer | undefined {
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    const updates = dirty.flatMap((line) => line.collect(find));
    if (updates.length === 0 && this.#seq > 0) return undefined;
    const noticedMs = dirty.reduce((newest, line) => Math.max(newest, line.noticedMs), 0);
    this.#seq++;
    return encodeFrame({ id: this.id, seq: this.#seq, sentMs: now(), noticedMs, snapshot: this.#seq === 1 }, updates);
  }

  close(): void {
    for (const line of this.#lines) line.close();
  }
}
