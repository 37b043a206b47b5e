import { mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requireInside } from "@waymark/store";

/** The folder that plots are written to. */
export class OutputFolder {
  /** Absolute. */
  readonly path: string;
  readonly #cwd: string;
  readonly #isTyped: boolean;

  /**
   * @param cwd - Absolute.
   * @param name - The folder, relative to it.
   * @param isTyped - The user named it in this command: it may lie anywhere. A folder that only a repository names has
   *   to stay inside of it.
   */
  constructor(cwd: string, name: string, isTyped: boolean) {
    this.#cwd = cwd;
    this.#isTyped = isTyped;
    this.path = resolve(cwd, name);
  }

  /**
   * Writes a file of the folder anew. A link that stands there is replaced, never followed.
   *
   * @param parts - Its way from the folder.
   * @returns Its absolute path.
   * @throws `PathEscapesError` when a link leads out of the current folder.
   */
  write(parts: readonly string[], data: string | Uint8Array): string {
    const path = join(this.path, ...parts);
    const folder = join(path, "..");
    if (!this.#isTyped) requireInside(realpathSync(this.#cwd), path.slice(this.#cwd.length + 1));
    mkdirSync(folder, { recursive: true });
    rmSync(path, { force: true });
    writeFileSync(path, data, { flag: "wx" });
    return path;
  }
}
