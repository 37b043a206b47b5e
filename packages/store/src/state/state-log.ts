import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFileSync } from "@waymark/files";
import { isSameStamp, type FileStamp } from "./file-stamp.ts";
import { formatStateBlock, readStateBlocks } from "./state-blocks.ts";

/** A hash together with how the file looked when it was read. */
export interface StateEntry {
  readonly stamp: FileStamp;
  /** 32 hex digits. */
  readonly md5: string;
}

const STAMP_BYTES = 40;
const MD5_BYTES = 16;
const FIXED_BYTES = STAMP_BYTES + MD5_BYTES + 4;
/** A file of this size is not worth tidying up. */
const SMALL_BYTES = 256 * 1024;

/**
 * Hashes by key in a file that grows at its end, one block for every flush, so that processes that write at the same
 * time lose nothing to each other: each block is written by one call. Once most of it is outdated it is replaced by a
 * shorter one.
 *
 * It is a memory: a file that cannot be read is empty, one that cannot be written stays as it is.
 */
export class StateLog {
  readonly #path: string;
  readonly #pending = new Map<string, StateEntry>();
  #known: Map<string, StateEntry> | undefined;
  #recordCount = 0;
  #isWhole = true;

  constructor(path: string) {
    this.#path = path;
  }

  get(key: string): StateEntry | undefined {
    return this.#load().get(key);
  }

  set(key: string, entry: StateEntry): void {
    const known = this.#load();
    const before = known.get(key);
    if (before !== undefined && before.md5 === entry.md5 && isSameStamp(before.stamp, entry.stamp)) return;
    known.set(key, entry);
    this.#pending.set(key, entry);
  }

  /** Writes what was added since the last flush. */
  flush(): void {
    if (this.#pending.size === 0) return;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      if (this.#isWhole && !this.#isMostlyOld()) this.#append();
      else this.#replace();
    } catch {
      // A full disk or a project that is read-only: everything works without, and reads more.
    }
    this.#recordCount += this.#pending.size;
    this.#pending.clear();
  }

  #append(): void {
    const block = formatStateBlock(formatRecords(this.#pending));
    const descriptor = openSync(this.#path, "a", 0o666);
    try {
      writeSync(descriptor, block);
    } finally {
      closeSync(descriptor);
    }
  }

  #replace(): void {
    // What others added meanwhile stays.
    const all = new Map([...readRecords(this.#path).known, ...this.#pending]);
    replaceFileSync(this.#path, formatStateBlock(formatRecords(all)));
    this.#isWhole = true;
    this.#recordCount = all.size - this.#pending.size;
  }

  #isMostlyOld(): boolean {
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    return size > SMALL_BYTES && this.#recordCount > 2 * (this.#known?.size ?? 0);
  }

  #load(): Map<string, StateEntry> {
    if (this.#known === undefined) {
      const { known, recordCount, isWhole } = readRecords(this.#path);
      this.#known = known;
      this.#recordCount = recordCount;
      this.#isWhole = isWhole;
    }
    return this.#known;
  }
}

function readRecords(path: string): { known: Map<string, StateEntry>; recordCount: number; isWhole: boolean } {
  const { payloads, isWhole } = readStateBlocks(path);
  const known = new Map<string, StateEntry>();
  let recordCount = 0;
  for (const payload of payloads) {
    for (let at = 0; at + FIXED_BYTES <= payload.length; recordCount += 1) {
      const stampEnd = at + STAMP_BYTES;
      const md5End = stampEnd + MD5_BYTES;
      const keyEnd = at + FIXED_BYTES + payload.readUInt32LE(md5End);
      known.set(payload.toString("utf8", at + FIXED_BYTES, keyEnd), {
        stamp: readStamp(payload, at),
        md5: payload.toString("hex", stampEnd, md5End),
      });
      at = keyEnd;
    }
  }
  return { known, recordCount, isWhole };
}

function readStamp(payload: Buffer, at: number): FileStamp {
  return {
    dev: payload.readBigInt64LE(at),
    ino: payload.readBigInt64LE(at + 8),
    size: payload.readBigInt64LE(at + 16),
    mtimeNs: payload.readBigInt64LE(at + 24),
    ctimeNs: payload.readBigInt64LE(at + 32),
  };
}

function formatRecords(entries: ReadonlyMap<string, StateEntry>): Buffer {
  return Buffer.concat([...entries].map(([key, entry]) => formatRecord(key, entry)));
}

function formatRecord(key: string, { stamp, md5 }: StateEntry): Buffer {
  const name = Buffer.from(key);
  const record = Buffer.allocUnsafe(FIXED_BYTES + name.length);
  const words = [stamp.dev, stamp.ino, stamp.size, stamp.mtimeNs, stamp.ctimeNs];
  for (const [index, word] of words.entries()) record.writeBigInt64LE(word, index * 8);
  record.write(md5, STAMP_BYTES, "hex");
  record.writeUInt32LE(name.length, STAMP_BYTES + MD5_BYTES);
  name.copy(record, FIXED_BYTES);
  return record;
}
