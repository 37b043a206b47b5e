import type { LiveEffects } from "../options.ts";

/**
 * Says each matter once. Logging goes on whatever happens to files, so a full disk is one line and not one per step;
 * a matter that was mended may be said again when it comes back.
 */
export class Trouble {
  readonly #said = new Set<string>();
  readonly #effects: LiveEffects;

  constructor(effects: LiveEffects) {
    this.#effects = effects;
  }

  /** Warns unless `matter` was warned of before. */
  warn(matter: string, message: string): void {
    if (this.#said.has(matter)) return;
    this.#said.add(matter);
    this.#effects.warn(message);
  }

  inform(message: string): void {
    this.#effects.inform(message);
  }

  /** Tells whether `matter` stands, and lets it be said anew. */
  mended(matter: string): boolean {
    return this.#said.delete(matter);
  }

  /** Runs file work that must not stop the training: what it throws becomes one warning. */
  attempt(matter: string, what: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.warn(matter, `Cannot ${what}: ${reasonOf(error)}. Training goes on, and this is tried again.`);
      return false;
    }
  }
}

/** One line that says why. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}
