import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { isErrno } from "@waymark/files";

/** Rows of one series in one journal entry. */
export interface JournalRows {
  /** Line of the series in the list of histories, from 0. */
  readonly index: number;
  readonly rows: string;
}

/** One step as found in a journal. */
export interface JournalEntry {
  readonly step: number;
  readonly rows: readonly JournalRows[];
}

/**
 * Holds the rows of completed steps for a moment, when so many series change in a step that one write each would
 * cost more than the training: one write for all of them, and the histories follow a tenth of a second later.
 *
 * Every entry names the marks it goes on from. Once newer marks are written the entries are void, also when the
 * process dies before it empties the file.
 */
export class Journal {
  readonly #path: string;
  #descriptor = -1;
  #sizeBytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Adds a step. All of it is found again, or none. */
  add(base: number, step: number, rows: readonly JournalRows[]): void {
    let body = "";
    for (const one of rows) body += `${one.index} ${one.rows.length}\n${one.rows}`;
    const bytes = Buffer.from(`${base} ${step} ${body.length}\n${body}end\n`);
    if (this.#descriptor === -1) this.#descriptor = openSync(this.#path, "w");
    const written = writeSync(this.#descriptor, bytes, 0, bytes.length, this.#sizeBytes);
    // A short write is no entry: the next one goes over it.
    if (written < bytes.length) throw new Error("the journal could not be written in full");
    this.#sizeBytes += written;
  }

  /** Forgets every entry: their rows are in the histories. */
  reset(): void {
    if (this.#sizeBytes === 0) return;
    this.#sizeBytes = 0;
    ftruncateSync(this.#descriptor, 0);
  }

  close(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
    this.#descriptor = -1;
    this.#sizeBytes = 0;
  }
}

/** Reads the whole entries of a journal that go on from the marks `base`, in order. */
export function readJournal(path: string, base: number): readonly JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
  const entries: JournalEntry[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\n", at);
    if (lineEnd === -1) return entries;
    const [found, step, length] = text.slice(at, lineEnd).split(" ").map(Number);
    if (found !== base || step === undefined || length === undefined) return entries;
    const bodyEnd = lineEnd + 1 + length;
    if (text.slice(bodyEnd, bodyEnd + 4) !== "end\n") return entries;
    entries.push({ step, rows: parseBody(text.slice(lineEnd + 1, bodyEnd)) });
    at = bodyEnd + 4;
  }
}

function parseBody(body: string): readonly JournalRows[] {
  const rows: JournalRows[] = [];
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf("\n", at);
    const [index = 0, length = 0] = body.slice(at, lineEnd).split(" ").map(Number);
    rows.push({ index, rows: body.slice(lineEnd + 1, lineEnd + 1 + length) });
    at = lineEnd + 1 + length;
  }
  return rows;
}
