import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { parseHistoryCell } from "@waymark/core/formats/metric-history";
import { isErrno } from "@waymark/files";

/** Receives the values of a metric in the order in which they were logged. */
export interface ValueSink {
  take(step: number, value: number): void;
  /** What came before is void: the file was replaced, or cut. */
  reset(): void;
}

/** A file as it was; another size, time or inode is another content. */
export interface FileStamp {
  readonly inode: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

const SLICE_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/** Follows the history of one metric by byte offset. */
export class HistorySource {
  readonly path: string;
  readonly #separator: string;
  /** What lay there before the run began: an earlier run's, until it changes. */
  #ignored: FileStamp | undefined;
  #inode = 0;
  /** Of the first row that was not complete. */
  #offset = 0;
  #rows = 0;
  #columns: readonly string[] | undefined;

  /** @param ignored - The file as it must not be any more before it is read. */
  constructor(path: string, ignored: FileStamp | undefined) {
    this.path = path;
    this.#separator = path.endsWith(".csv") ? "," : "\t";
    this.#ignored = ignored;
  }

  /** Reads what is new. @returns Whether there is a history of this run. */
  poll(sink: ValueSink): boolean {
    const fd = openIfThere(this.path);
    if (fd === undefined) {
      this.#forget(sink);
      return false;
    }
    try {
      const stamp = stampOf(fd);
      if (stamp === undefined) return false;
      if (this.#ignored !== undefined && isSameStamp(stamp, this.#ignored)) return false;
      this.#ignored = undefined;
      if (stamp.inode !== this.#inode || stamp.sizeBytes < this.#offset) this.#forget(sink);
      this.#inode = stamp.inode;
      while (this.#offset < stamp.sizeBytes && this.#readSlice(fd, sink));
      return true;
    } finally {
      closeSync(fd);
    }
  }

  #forget(sink: ValueSink): void {
    if (this.#offset > 0) sink.reset();
    this.#offset = 0;
    this.#rows = 0;
    this.#columns = undefined;
  }

  /** @returns Whether there may be more. */
  #readSlice(fd: number, sink: ValueSink): boolean {
    const bytes = Buffer.alloc(SLICE_BYTES);
    const length = readSync(fd, bytes, 0, SLICE_BYTES, this.#offset);
    const end = bytes.subarray(0, length).lastIndexOf(LINE_FEED) + 1;
    // A row as long as this is none that has a number; the file is broken, and not worth more.
    this.#offset += end === 0 && length === SLICE_BYTES ? length : end;
    if (end === 0) return length === SLICE_BYTES;
    for (const line of bytes.toString("utf8", 0, end).split("\n")) if (line !== "") this.#take(line, sink);
    return length === SLICE_BYTES;
  }

  #take(line: string, sink: ValueSink): void {
    const cells = line.replace(/\r$/u, "").split(this.#separator);
    if (this.#columns === undefined) {
      this.#columns = cells.map((cell) => cell.replace(/^\uFEFF/u, ""));
      return;
    }
    const columns = this.#columns;
    const [stepAt, timeAt] = [columns.indexOf("step"), columns.indexOf("timestamp")];
    const step = stepAt === -1 ? this.#rows : Number(cells[stepAt]);
    this.#rows += 1;
    const value = parseHistoryCell(cells[columns.findIndex((_, at) => at !== stepAt && at !== timeAt)] ?? "");
    if (typeof value === "number" && Number.isFinite(step)) sink.take(step, value);
  }
}

/** Looks at a file as it is now; `undefined` where there is none. */
export function stampFile(path: string): FileStamp | undefined {
  const fd = openIfThere(path);
  if (fd === undefined) return undefined;
  try {
    return stampOf(fd);
  } finally {
    closeSync(fd);
  }
}

/** Tells whether a file is as it was. */
export function isSameStamp(one: FileStamp, other: FileStamp): boolean {
  return one.inode === other.inode && one.sizeBytes === other.sizeBytes && one.modifiedMs === other.modifiedMs;
}

function stampOf(fd: number): FileStamp | undefined {
  const stats = fstatSync(fd);
  return stats.isFile() ? { inode: stats.ino, sizeBytes: stats.size, modifiedMs: stats.mtimeMs } : undefined;
}

function openIfThere(path: string): number | undefined {
  try {
    // A pipe that a program put there must not make this wait.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR", "ELOOP", "ENXIO", "EMFILE", "ENFILE", "ESTALE")) {
      return undefined;
    }
    throw error;
  }
}
