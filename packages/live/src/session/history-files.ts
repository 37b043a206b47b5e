import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode, isErrno } from "@waymark/files";
import { type Trouble, reasonOf } from "./trouble.ts";

/** At most this many histories stay open; the next ones are opened and closed for each write. */
export const OPEN_FILES = 36;
/** Rows that could not be written are kept up to this many bytes in all, then counted as missing. */
const KEPT_BYTES = 16 << 20;
const NEWLINE = 0x0a;

/** One append-only file and what has not reached it yet. */
export class HistoryFile {
  readonly path: string;
  readonly header: string;
  /** File descriptor, or -1 while closed. */
  descriptor = -1;
  /** Bytes on disk, or -1 before the first look. */
  size = -1;
  /** Bytes that a failed or short write left over: they go first next time. */
  leftover: Buffer | undefined;

  constructor(path: string, header: string) {
    this.path = path;
    this.header = header;
  }
}

/** A write that stopped half-way: how many more bytes arrived, and why no others did. */
class ShortWrite extends Error {
  readonly more: number;

  constructor(more: number, cause: unknown) {
    super(reasonOf(cause), { cause });
    this.more = more;
  }
}

/**
 * Appends to histories through descriptors that stay open: one `write` per call.
 *
 * A write that fails, or stops half-way on a full disk, leaves its rest in memory; the next append starts with it, so a
 * row is never torn by us while we live. What exceeds the memory set aside is counted and named.
 */
export class HistoryFiles {
  readonly #open = new Set<HistoryFile>();
  readonly #trouble: Trouble;
  readonly #failing = new Set<HistoryFile>();
  #limit = OPEN_FILES;
  #keptBytes = 0;
  #missingRows = 0;

  constructor(trouble: Trouble) {
    this.#trouble = trouble;
  }

  /** Rows that are not on disk: dropped because it took nothing for too long, or still waiting. */
  get missingRows(): number {
    let waiting = 0;
    for (const { leftover } of this.#failing) for (const byte of leftover ?? []) if (byte === NEWLINE) waiting += 1;
    return this.#missingRows + waiting;
  }

  /** Appends whole rows. Returns whether all of them, and all kept before them, are on disk. */
  append(file: HistoryFile, text: string, rows: number): boolean {
    const kept = file.leftover;
    if (kept !== undefined && this.#keptBytes + text.length > KEPT_BYTES) {
      this.#missingRows += rows;
      text = "";
    }
    let data: string | Buffer = kept === undefined ? text : Buffer.concat([kept, Buffer.from(text)]);
    let written = 0;
    let headerBytes = 0;
    try {
      const descriptor = file.descriptor === -1 ? this.#openFile(file) : file.descriptor;
      if (file.size === 0) {
        headerBytes = Buffer.byteLength(file.header);
        data = typeof data === "string" ? file.header + data : Buffer.concat([Buffer.from(file.header), data]);
      }
      written = typeof data === "string" ? writeSync(descriptor, data) : writeSync(descriptor, data);
      file.size += written;
      // The lengths agree but for names and text values that are not ASCII, unless the write was short.
      if (written !== data.length) written = this.#writeRest(file, descriptor, data, written);
      if (kept !== undefined) this.#setLeftover(file, undefined);
      if (this.#failing.size > 0) this.#succeeded(file);
      return true;
    } catch (error) {
      const bytes = Buffer.from(data);
      const reached = written + (error instanceof ShortWrite ? error.more : 0);
      // Nothing of the header arrived: it is put in front again when the file can be written.
      this.#setLeftover(file, bytes.subarray(reached === 0 ? headerBytes : reached));
      this.#failing.add(file);
      const cause: unknown = error instanceof ShortWrite ? error.cause : error;
      this.#trouble.warnFailed("history", `write '${file.path}'`, cause);
      return false;
    } finally {
      if (!this.#open.has(file)) this.#closeFile(file);
    }
  }

  /** Writes what earlier appends left over. */
  retry(): void {
    for (const file of [...this.#failing]) this.append(file, "", 0);
  }

  /** Closes every file; they open again when needed. */
  close(): void {
    for (const file of this.#open) this.#closeFile(file);
    this.#open.clear();
  }

  /** Forgets what is on disk: the folder was removed under us, and files are to be made anew. */
  startOver(): void {
    for (const file of this.#open) file.size = -1;
    this.close();
  }

  #writeRest(file: HistoryFile, descriptor: number, data: string | Buffer, written: number): number {
    const bytes = Buffer.from(data);
    let offset = written;
    while (offset < bytes.length) {
      try {
        const more = writeSync(descriptor, bytes, offset);
        offset += more;
        file.size += more;
      } catch (error) {
        throw new ShortWrite(offset - written, error);
      }
    }
    return offset;
  }

  #setLeftover(file: HistoryFile, bytes: Buffer | undefined): void {
    this.#keptBytes += (bytes?.length ?? 0) - (file.leftover?.length ?? 0);
    file.leftover = bytes;
  }

  #succeeded(file: HistoryFile): void {
    if (this.#failing.delete(file) && this.#failing.size === 0) this.#recovered();
  }

  #recovered(): void {
    this.#trouble.mended();
    const missing = this.#missingRows;
    this.#trouble.inform(
      missing === 0
        ? "Histories can be written again; no point is missing."
        : `Histories can be written again; ${missing} points are missing.`,
    );
  }

  #openFile(file: HistoryFile): number {
    for (;;) {
      try {
        file.descriptor = openSync(file.path, "a");
        break;
      } catch (error) {
        if (isErrno(error, "ENOENT")) {
          mkdirSync(dirname(file.path), { recursive: true });
          file.descriptor = openSync(file.path, "a");
          break;
        }
        if (!isErrno(error, "EMFILE", "ENFILE") || this.#open.size === 0) throw error;
        // The process may open fewer files than we thought: keep half of ours from now on.
        this.#limit = this.#open.size >> 1;
        this.close();
      }
    }
    if (file.size < 0) file.size = fstatSync(file.descriptor).size;
    if (this.#open.size < this.#limit) this.#open.add(file);
    return file.descriptor;
  }

  #closeFile(file: HistoryFile): void {
    if (file.descriptor === -1) return;
    const descriptor = file.descriptor;
    file.descriptor = -1;
    try {
      closeSync(descriptor);
    } catch (error) {
      // Network file systems may report a late write error here.
      if (errorCode(error) !== "EBADF")
        this.#trouble.warn("history", `Cannot close '${file.path}': ${reasonOf(error)}`);
    }
  }
}
