import { parseHistoryHeader } from "../history/layout.ts";
import { scanRows } from "../history/scan-rows.ts";
import { Series } from "../history/series.ts";
import type { PointSource } from "../stream/source.ts";
import type { ObjectStore } from "./object-store.ts";

/** A metric's history as a commit holds it: read when somebody looks, let go when nobody does. */
export class CommittedHistory implements PointSource {
  /** Id of the blob. */
  readonly blob: string;
  readonly series = new Series();
  /** Rows, once the history has been read. */
  rows: number | undefined;
  readonly #path: string;
  readonly #store: ObjectStore;
  readonly #onRead: () => void;
  #readers = 0;
  #isLoaded = false;

  /** @param onRead - Called when the points are there. */
  constructor(path: string, blob: string, store: ObjectStore, onRead: () => void) {
    this.#path = path;
    this.blob = blob;
    this.#store = store;
    this.#onRead = onRead;
  }

  retain(): void {
    this.#readers++;
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    void this.#load();
  }

  release(): void {
    this.#readers--;
    if (this.#readers > 0) return;
    this.#isLoaded = false;
    this.series.reset();
  }

  async #load(): Promise<void> {
    const blob = await this.#store.blob(this.blob).catch(() => undefined);
    if (!this.#isLoaded || this.series.rows > 0) return;
    if (blob !== undefined)
      readHistory(Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength), this.#path, this.series);
    this.series.noticedMs = Date.now();
    this.rows = this.series.rows;
    this.#onRead();
  }
}

/** Reads a whole history into columns; a last row without its line feed counts here, for nobody will finish it. */
function readHistory(bytes: Buffer, path: string, series: Series): void {
  const text = bytes.at(-1) === 0x0a ? bytes : Buffer.concat([bytes, Buffer.from("\n")]);
  const end = text.indexOf(0x0a);
  const layout = parseHistoryHeader(text.toString("utf8", 0, end), path.endsWith(".csv") ? ".csv" : ".tsv");
  if (layout === undefined) return series.malformed();
  scanRows(text, end + 1, text.length, layout, 0, series);
}
