/** Something that draws itself when asked. */
export interface Drawable {
  draw(): Promise<void>;
}

/** Work per frame after which the rest waits for the next one, so that input is answered in between. */
const FRAME_BUDGET_MS = 10;
/** A chart that data arrives for is drawn at most ten times a second, four times when many are on screen. */
const INTERVAL_MS = 90;
const CROWDED_INTERVAL_MS = 240;
const CROWD = 12;

interface Entry {
  /** Not drawn before this; 0 is at once. */
  dueMs: number;
}

/**
 * Draws charts inside animation frames: each at most once per frame, the one that waited longest first, and as many as
 * the budget allows. A hidden tab has no frames and so draws nothing.
 */
class DrawScheduler {
  readonly #dirty = new Map<Drawable, Entry>();
  readonly #lastDrawn = new WeakMap<Drawable, number>();
  #isRunning = false;
  /** How many charts are on screen, which decides how often each is drawn. */
  visible = 0;

  /**
   * Asks for a drawing.
   *
   * @param isUrgent - An answer to the person: the next frame, however recently it was drawn.
   */
  request(drawable: Drawable, isUrgent = false): void {
    const interval = this.visible > CROWD ? CROWDED_INTERVAL_MS : INTERVAL_MS;
    const dueMs = isUrgent ? 0 : (this.#lastDrawn.get(drawable) ?? 0) + interval;
    const entry = this.#dirty.get(drawable);
    if (entry === undefined) this.#dirty.set(drawable, { dueMs });
    else entry.dueMs = Math.min(entry.dueMs, dueMs);
    if (!this.#isRunning) {
      this.#isRunning = true;
      requestAnimationFrame((now) => void this.#frame(now));
    }
  }

  cancel(drawable: Drawable): void {
    this.#dirty.delete(drawable);
  }

  async #frame(now: number): Promise<void> {
    const due = [...this.#dirty]
      .filter(([, entry]) => entry.dueMs <= now)
      .sort(([a, entryA], [b, entryB]) => entryA.dueMs - entryB.dueMs || this.#age(a) - this.#age(b));
    const start = performance.now();
    for (const [drawable] of due) {
      this.#dirty.delete(drawable);
      this.#lastDrawn.set(drawable, now);
      // Vega finishes in microtasks, which still belong to this frame.
      await drawable.draw();
      if (performance.now() - start > FRAME_BUDGET_MS) break;
    }
    if (this.#dirty.size > 0) requestAnimationFrame((next) => void this.#frame(next));
    else this.#isRunning = false;
  }

  #age(drawable: Drawable): number {
    return this.#lastDrawn.get(drawable) ?? 0;
  }
}

/** The page's one scheduler. */
export const scheduler = new DrawScheduler();
