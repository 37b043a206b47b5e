/** Something that draws itself when asked. */
export interface Drawable {
  draw(): Promise<void>;
}

/** Work per frame after which the rest waits for the next one, so that input is answered in between. */
const FRAME_BUDGET_MS = 10;
/** A chart that data streams into is drawn about ten times a second, four times when many are on screen. */
const INTERVAL_MS = 90;
const CROWDED_INTERVAL_MS = 240;
const CROWD = 12;
/** What is due this soon need not wait for another frame. */
const FRAME_MS = 8;

interface Entry {
  /** Not drawn before this; 0 is at once. */
  dueMs: number;
}

/**
 * Draws charts inside animation frames: each at most once per frame, the one that waited longest first, and as many as
 * the budget allows. A hidden tab has no frames and so draws nothing.
 *
 * Charts that data streams into are due at common times, and no frame is asked for in between: the browser paints for
 * every frame in which anything changed, and that costs more than the drawing does. Whoever watches a training on the
 * machine that trains would pay for it.
 */
class DrawScheduler {
  readonly #dirty = new Map<Drawable, Entry>();
  readonly #lastDrawn = new WeakMap<Drawable, number>();
  #isDrawing = false;
  #frameId: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many charts are on screen, which decides how often each is drawn. */
  visible = 0;

  /**
   * Asks for a drawing.
   *
   * @param isUrgent - An answer to the person: the next frame, however recently it was drawn.
   */
  request(drawable: Drawable, isUrgent = false): void {
    const dueMs = isUrgent ? 0 : this.#nextTurn(drawable);
    const entry = this.#dirty.get(drawable);
    if (entry === undefined) this.#dirty.set(drawable, { dueMs });
    else entry.dueMs = Math.min(entry.dueMs, dueMs);
    if (!this.#isDrawing) this.#schedule();
  }

  cancel(drawable: Drawable): void {
    this.#dirty.delete(drawable);
  }

  /** The common time that leaves a chart about an interval between two drawings; at once after a longer rest. */
  #nextTurn(drawable: Drawable): number {
    const interval = this.visible > CROWD ? CROWDED_INTERVAL_MS : INTERVAL_MS;
    const lastMs = this.#lastDrawn.get(drawable);
    return lastMs === undefined ? 0 : Math.ceil((lastMs + interval / 2) / interval) * interval;
  }

  /** Asks for the frame in which the first chart is due. */
  #schedule(): void {
    if (this.#frameId !== undefined) return;
    clearTimeout(this.#timer);
    if (this.#dirty.size === 0) return;
    const firstMs = Math.min(...[...this.#dirty.values()].map(({ dueMs }) => dueMs));
    const waitMs = firstMs - performance.now() - FRAME_MS;
    if (waitMs > 0) this.#timer = setTimeout(() => this.#askFrame(), waitMs);
    else this.#askFrame();
  }

  #askFrame(): void {
    this.#frameId = requestAnimationFrame((now) => void this.#frame(now));
  }

  async #frame(now: number): Promise<void> {
    this.#frameId = undefined;
    this.#isDrawing = true;
    try {
      const due = [...this.#dirty]
        .filter(([, entry]) => entry.dueMs <= now + FRAME_MS)
        .sort(([a, entryA], [b, entryB]) => entryA.dueMs - entryB.dueMs || this.#age(a) - this.#age(b));
      const start = performance.now();
      for (const [drawable] of due) {
        this.#dirty.delete(drawable);
        this.#lastDrawn.set(drawable, now);
        // Vega finishes in microtasks, which still belong to this frame.
        await drawable.draw();
        if (performance.now() - start > FRAME_BUDGET_MS) break;
      }
    } finally {
      this.#isDrawing = false;
      this.#schedule();
    }
  }

  #age(drawable: Drawable): number {
    return this.#lastDrawn.get(drawable) ?? 0;
  }
}

/** The page's one scheduler. */
export const scheduler = new DrawScheduler();
