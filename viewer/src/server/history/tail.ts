import { closeSync, fstatSync } from "node:fs";
import { isErrno } from "@waymark/files";
import { parseHistoryHeader, type HistoryLayout } from "./layout.ts";
import { openRegularFile, readFully } from "./read-into.ts";
import { scanRows, type RowSink } from "./scan-rows.ts";
import { statIfSeen } from "./stat.ts";

/**
 * What a look at a file found: nothing new, new rows, another file (or a shorter one) in its place, or none at all.
 * `isBehind` asks for another call: there is more to read than one call takes on.
 */
export interface TailOutcome {
  readonly change: "none" | "grown" | "replaced" | "gone";
  readonly isBehind: boolean;
}

/** What a tail feeds: rows, and the order to forget all that came before. */
export interface TailTarget extends RowSink {
  /** Without it rows are counted, not read one by one, and only the last is looked at. */
  readonly keepsPoints: boolean;
  /** This many rows were passed over. */
  skip(rows: number): void;
  /** How many bytes are about to be read, and how many rows that may be. */
  expect(rows: number): void;
  reset(): void;
}

/** One call reads at most this much, so that no file keeps the others waiting. */
const SLICE_BYTES = 2 * 1024 * 1024;
/** Slices longer than this are counted where nobody wants the points: that is some twenty times faster. */
const COUNTED_BYTES = 64 * 1024;
/** A row longer than this is skipped; nobody logs one, but a broken file may hold one. */
const MAX_ROW_BYTES = 1024 * 1024;
/** Bytes before the offset that are read again, to notice a file that was cut and grew past the offset again. */
const GUARD_BYTES = 64;
/** How often the path is compared with the open file; a rename over it is noticed at once by its link count. */
const PATH_CHECK_MS = 1000;

const LINE_FEED = 0x0a;
const NOTHING: TailOutcome = { change: "none", isBehind: false };
/** All reading is synchronous, so that one buffer serves every tail. */
let shared: Buffer | undefined;

/** Follows one history file by byte offset. */
export class HistoryTail {
  readonly path: string;
  readonly #target: TailTarget;
  readonly #extension: ".tsv" | ".csv";
  #fd: number | undefined;
  #inode = 0;
  /** Offset of the first row that was not complete; what follows is read again. */
  #offset = 0;
  #rows = 0;
  #layout: HistoryLayout | undefined;
  #guard = Buffer.alloc(0);
  #isSkippingRow = false;
  #checkedPathMs = 0;
  #modifiedMs = 0;

  constructor(path: string, target: TailTarget) {
    this.path = path;
    this.#target = target;
    this.#extension = path.endsWith(".csv") ? ".csv" : ".tsv";
  }

  /**
   * Looks at the file once and feeds what is new.
   *
   * @param nowMs - The time, for how often the path is compared.
   * @throws The system's error when the file is there and cannot be read.
   */
  poll(nowMs: number): TailOutcome {
    let isReplaced = false;
    if (this.#fd !== undefined && this.#isAnotherFile(nowMs)) {
      this.close();
      isReplaced = true;
    }
    if (this.#fd === undefined && this.#isUnchanged()) return NOTHING;
    if (this.#fd === undefined) {
      const found = this.#open(nowMs);
      if (found === "gone") return this.#gone();
      if (found === "another") isReplaced = this.#forget() || isReplaced;
    }
    const fd = this.#fd;
    if (fd === undefined) return NOTHING;
    const { size, mtimeMs } = fstatSync(fd);
    const isWritten = size !== this.#offset || mtimeMs !== this.#modifiedMs;
    this.#modifiedMs = mtimeMs;
    if (size < this.#offset || (isWritten && !this.#isGuardIntact(fd))) isReplaced = this.#forget() || isReplaced;
    if (size === this.#offset) return isReplaced ? { change: "replaced", isBehind: false } : NOTHING;
    const isBehind = size - this.#offset > SLICE_BYTES;
    const isGrown = this.#readSlice(fd, size);
    return { change: isReplaced ? "replaced" : isGrown ? "grown" : "none", isBehind };
  }

  /** Reads everything again from the first byte, for a target that kept only a summary so far. */
  restart(): void {
    this.#forget();
  }

  /** Lets go of the descriptor; the next poll takes up where this one stopped. */
  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Whether a file that is not open is as it was when it was read to its end: one look instead of three calls. */
  #isUnchanged(): boolean {
    if (this.#inode === 0) return false;
    const stats = statIfSeen(this.path);
    return stats?.ino === this.#inode && stats.size === this.#offset && stats.mtimeMs === this.#modifiedMs;
  }

  #open(nowMs: number): "same" | "another" | "gone" {
    const opened = openExisting(this.path);
    if (opened === undefined) return "gone";
    this.#fd = opened.fd;
    this.#checkedPathMs = nowMs;
    if (opened.stats.ino === this.#inode) return "same";
    this.#inode = opened.stats.ino;
    return "another";
  }

  /** Tells whether the path names another file than the one that is open, or none. */
  #isAnotherFile(nowMs: number): boolean {
    if (this.#fd === undefined) return false;
    if (fstatSync(this.#fd).nlink === 0) return true;
    if (nowMs - this.#checkedPathMs < PATH_CHECK_MS) return false;
    this.#checkedPathMs = nowMs;
    return statIfSeen(this.path)?.ino !== this.#inode;
  }

  #gone(): TailOutcome {
    this.#inode = 0;
    return { change: this.#forget() ? "gone" : "none", isBehind: false };
  }

  /** @returns Whether there was anything to forget. */
  #forget(): boolean {
    const hadRead = this.#offset > 0;
    this.#offset = 0;
    this.#rows = 0;
    this.#layout = undefined;
    this.#guard = Buffer.alloc(0);
    this.#isSkippingRow = false;
    if (hadRead) this.#target.reset();
    return hadRead;
  }

  /** Tells whether the bytes before the offset are still those that were read. */
  #isGuardIntact(fd: number): boolean {
    if (this.#guard.length === 0) return true;
    const now = Buffer.allocUnsafe(this.#guard.length);
    const count = readFully(fd, now, 0, now.length, this.#offset - now.length);
    return count === now.length && now.equals(this.#guard);
  }

  #readSlice(fd: number, size: number): boolean {
    shared ??= Buffer.allocUnsafe(SLICE_BYTES);
    const length = readFully(fd, shared, 0, Math.min(SLICE_BYTES, size - this.#offset), this.#offset);
    let start = 0;
    if (this.#isSkippingRow) {
      start = shared.subarray(0, length).indexOf(LINE_FEED) + 1;
      if (start === 0) return this.#advance(shared, length);
      this.#isSkippingRow = false;
    }
    if (this.#layout === undefined) {
      const end = shared.subarray(start, length).indexOf(LINE_FEED);
      if (end < 0) return this.#skipLongRow(shared, start, length);
      this.#layout = parseHistoryHeader(shared.toString("utf8", start, start + end), this.#extension);
      start += end + 1;
      if (this.#layout === undefined) {
        this.#target.malformed();
        return this.#advance(shared, start);
      }
    }
    if (!this.#target.keepsPoints && length - start > COUNTED_BYTES) start = this.#passOver(shared, start, length);
    this.#expectRows(size, start, length);
    const sink = this.#target;
    const before = this.#rows;
    const stop = scanRows(shared, start, length, this.#layout, before, {
      row: (step, value, timestampMs) => {
        this.#rows++;
        sink.row(step, value, timestampMs);
      },
      text: (step, text) => {
        this.#rows++;
        sink.text(step, text);
      },
      malformed: () => {
        this.#rows++;
        sink.malformed();
      },
    });
    if (stop === 0) return this.#skipLongRow(shared, 0, length);
    return this.#advance(shared, stop);
  }

  /** Counts all complete rows but the last. @returns The offset of the last one. */
  #passOver(bytes: Buffer, start: number, length: number): number {
    const end = bytes.subarray(0, length).lastIndexOf(LINE_FEED);
    let rows = 0;
    let last = start;
    for (let at = bytes.indexOf(LINE_FEED, start); at >= 0 && at < end; at = bytes.indexOf(LINE_FEED, last)) {
      rows++;
      last = at + 1;
    }
    this.#rows += rows;
    this.#target.skip(rows);
    return last;
  }

  /** From the length of this slice's last row, how many rows the rest of the file holds: columns are then made once. */
  #expectRows(size: number, start: number, length: number): void {
    const bytes = shared?.subarray(start, length);
    const last = bytes?.lastIndexOf(LINE_FEED) ?? -1;
    if (bytes === undefined || last < 1) return;
    const rowBytes = last - bytes.lastIndexOf(LINE_FEED, last - 1);
    this.#target.expect(Math.ceil((size - this.#offset - start) / Math.max(4, rowBytes)));
  }

  #skipLongRow(bytes: Buffer, start: number, length: number): boolean {
    if (length - start < MAX_ROW_BYTES) return start > 0 ? this.#advance(bytes, start) : false;
    this.#isSkippingRow = true;
    this.#target.malformed();
    return this.#advance(bytes, length);
  }

  #advance(bytes: Buffer, count: number): boolean {
    this.#offset += count;
    const kept = Math.min(GUARD_BYTES, count);
    this.#guard = Buffer.from(bytes.subarray(count - kept, count));
    return true;
  }
}

function openExisting(path: string): ReturnType<typeof openRegularFile> {
  try {
    return openRegularFile(path);
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}
