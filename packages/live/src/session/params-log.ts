import { join } from "node:path";
import { replaceFileSync } from "@waymark/files";
import { loadCore } from "#lazy";

/** The params of a run and their file. Everything is checked before anything changes. */
export class ParamsLog {
  readonly path: string;
  readonly #temporaryFolder: string;
  readonly #values: Record<string, unknown> = Object.create(null);
  #written: string | undefined;

  constructor(dir: string, temporaryFolder: string) {
    this.path = join(dir, "params.yaml");
    this.#temporaryFolder = temporaryFolder;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#values).length === 0;
  }

  /** Takes over what params.yaml held. */
  load(content: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(content)) this.#values[key] = content[key];
  }

  /** @throws When a value cannot be a param; nothing is changed then. */
  set(params: Readonly<Record<string, unknown>>): void {
    const { coerceParam, formatParams } = loadCore();
    const coerced: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(params)) coerced[key] = coerceParam(key, params[key]);
    // Formatting finds what cannot be written; it has to succeed before the values count.
    formatParams(coerced);
    for (const key of Object.keys(coerced)) this.#values[key] = coerced[key];
  }

  /** Writes the file unless it already holds this. */
  write(): void {
    const text = loadCore().formatParams(this.#values);
    if (text === this.#written) return;
    replaceFileSync(this.path, text, { temporaryFolder: this.#temporaryFolder });
    this.#written = text;
  }
}
