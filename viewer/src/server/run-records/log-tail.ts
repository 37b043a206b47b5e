import { closeSync, fstatSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { errorCode } from "@waymark/files";
import { openRegularFile, readFully } from "../history/read-into.ts";

/** What a look at a log brings. */
export interface LogChunk {
  /** Plain text: escape sequences of terminals are taken out, carriage returns stay. */
  readonly text: string;
  /** What was shown before is void: the beginning, another file, or more was written than one wants to see. */
  readonly isReset: boolean;
  /** Bytes of the file before the text that are not shown. */
  readonly skippedBytes: number;
}

/** How much of the end is shown at first, and at most at once. */
const TAIL_BYTES = 128 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Whoever is behind by more than this is better served with the end. */
const MAX_BEHIND_BYTES = 1024 * 1024;
/** Bytes before the offset that are read again, to notice a file in the place of another: inodes are used again. */
const GUARD_BYTES = 64;
const LINE_FEED = 0x0a;

/** Sequences that colour text, move the cursor, or name the window; what begins one may come later. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const ESCAPES = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[ -/]*[0-Z\\^-~])/gu;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const PARTIAL_ESCAPE = /\u001B(?:\[[0-?]{0,64}[ -/]{0,8}|\][^\u0007\u001B]{0,256}\u001B?|[ -/]{0,8})?$/u;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/gu;

/** Follows the console log of a run by byte offset, from near its end. */
export class LogTail {
  readonly #path: string;
  #inode = 0;
  #offset = 0;
  #decoder = new StringDecoder("utf8");
  #pending = "";
  #guard = Buffer.alloc(0);
  #isFirst = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what is new; `undefined` when there is nothing. The first answer always comes, also for an empty log. */
  read(): LogChunk | undefined {
    const opened = this.#open();
    if (opened === undefined) return this.#first("");
    const { fd } = opened;
    try {
      const { ino, size } = fstatSync(fd);
      const isOther = ino !== this.#inode || size < this.#offset || !this.#isGuardIntact(fd);
      const isReset = isOther || size - this.#offset > MAX_BEHIND_BYTES;
      if (isReset) this.#start(fd, ino, size);
      if (size === this.#offset && !isReset) return this.#first("");
      const skippedBytes = this.#offset;
      const bytes = Buffer.alloc(Math.min(isReset ? TAIL_BYTES : CHUNK_BYTES, size - this.#offset));
      const length = readFully(fd, bytes, 0, bytes.length, this.#offset);
      this.#offset += length;
      this.#guard = Buffer.from(bytes.subarray(Math.max(0, length - GUARD_BYTES), length));
      const text = this.#clean(this.#decoder.write(bytes.subarray(0, length)));
      if (text === "" && !isReset) return this.#first("");
      this.#isFirst = false;
      return { text, isReset, skippedBytes: isReset ? skippedBytes : 0 };
    } finally {
      closeSync(fd);
    }
  }

  /** Begins with a whole line near the end. */
  #start(fd: number, inode: number, size: number): void {
    this.#inode = inode;
    this.#decoder = new StringDecoder("utf8");
    this.#pending = "";
    this.#guard = Buffer.alloc(0);
    this.#offset = Math.max(0, size - TAIL_BYTES);
    if (this.#offset === 0) return;
    const bytes = Buffer.alloc(Math.min(CHUNK_BYTES, size - this.#offset));
    const length = readFully(fd, bytes, 0, bytes.length, this.#offset);
    this.#offset += bytes.subarray(0, length).indexOf(LINE_FEED) + 1;
  }

  #isGuardIntact(fd: number): boolean {
    const now = Buffer.alloc(this.#guard.length);
    readFully(fd, now, 0, now.length, this.#offset - now.length);
    return now.equals(this.#guard);
  }

  #first(text: string): LogChunk | undefined {
    if (!this.#isFirst) return undefined;
    this.#isFirst = false;
    return { text, isReset: true, skippedBytes: 0 };
  }

  #clean(text: string): string {
    const all = this.#pending + text;
    const partial = PARTIAL_ESCAPE.exec(all)?.index ?? all.length;
    this.#pending = all.slice(partial);
    return all.slice(0, partial).replaceAll(ESCAPES, "").replaceAll(CONTROLS, "");
  }

  #open(): ReturnType<typeof openRegularFile> {
    try {
      return openRegularFile(this.#path);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  }
}
