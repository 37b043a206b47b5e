import { errorCode } from "@waymark/files";
import type { LiveEffects } from "../options.ts";

/** Trouble of the disk and not of one file: said once, whatever could not be written. */
const DISK_CODES = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "ENOMEM", "EMFILE", "ENFILE"];
const DISK = "disk ";

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

  /** Warns that file work failed; a full disk is one matter, however many files it holds up. */
  warnFailed(matter: string, what: string, error: unknown): void {
    this.warn(
      isDiskTrouble(error) ? `${DISK}${errorCode(error)}` : matter,
      `Cannot ${what}: ${reasonOf(error)}. Training goes on, and this is tried again.`,
    );
  }

  /** Histories can be written again: trouble of the disk is said anew when it comes back. */
  mended(): void {
    for (const matter of this.#said) if (matter.startsWith(DISK)) this.#said.delete(matter);
    this.#said.delete("history");
  }

  /** Runs file work that must not stop the training: what it throws becomes one warning. */
  attempt(matter: string, what: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.warnFailed(matter, what, error);
      return false;
    }
  }
}

/** Tells whether an error is trouble of the disk, which may pass. */
export function isDiskTrouble(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && DISK_CODES.includes(code);
}

/** One line that says why. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}
