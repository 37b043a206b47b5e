import type { FileStamp } from "./file-stamp.ts";

/** 64-bit words of a stamp: device, inode, size, time of modification and of change. */
export const STAMP_FIELDS = 5;
const FIELDS = STAMP_FIELDS;
const FIRST_ROOM = 64;

/** Stamps of many files, 40 bytes each. */
export class StampList {
  #words: BigInt64Array;
  #length = 0;

  constructor(words?: BigInt64Array) {
    this.#words = words ?? new BigInt64Array(FIRST_ROOM * FIELDS);
    this.#length = words === undefined ? 0 : words.length / FIELDS;
  }

  /** Reads the bytes that {@link StampList.bytes} gave. */
  static fromBytes(bytes: Uint8Array): StampList {
    // A copy, because the words of an array must lie at multiples of eight.
    return new StampList(new BigInt64Array(new Uint8Array(bytes).buffer));
  }

  /** Copies stamps of other words. */
  static copyOf(words: BigInt64Array, indexes: readonly number[]): StampList {
    const copy = new BigInt64Array(words);
    if (indexes.length * FIELDS === words.length) return new StampList(copy);
    for (const [place, index] of indexes.entries())
      copy.copyWithin(place * FIELDS, index * FIELDS, (index + 1) * FIELDS);
    return new StampList(copy.slice(0, indexes.length * FIELDS));
  }

  get length(): number {
    return this.#length;
  }

  /** The stamps one after the other, in this machine's byte order. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.#length * FIELDS * 8);
  }

  push(stamp: FileStamp): void {
    if ((this.#length + 1) * FIELDS > this.#words.length) this.#grow();
    this.#length += 1;
    this.set(this.#length - 1, stamp);
  }

  set(index: number, stamp: FileStamp): void {
    const at = index * FIELDS;
    this.#words[at] = stamp.dev;
    this.#words[at + 1] = stamp.ino;
    this.#words[at + 2] = stamp.size;
    this.#words[at + 3] = stamp.mtimeNs;
    this.#words[at + 4] = stamp.ctimeNs;
  }

  at(index: number): FileStamp {
    const at = index * FIELDS;
    return {
      dev: this.#words[at] ?? 0n,
      ino: this.#words[at + 1] ?? 0n,
      size: this.#words[at + 2] ?? 0n,
      mtimeNs: this.#words[at + 3] ?? 0n,
      ctimeNs: this.#words[at + 4] ?? 0n,
    };
  }

  sizeBytes(index: number): number {
    return Number(this.#words[index * FIELDS + 2] ?? 0n);
  }

  /** Tells whether a stamp is the same as one of another list. */
  isSame(index: number, other: StampList, otherIndex: number): boolean {
    for (let field = 0; field < FIELDS; field += 1) {
      if (this.#words[index * FIELDS + field] !== other.#words[otherIndex * FIELDS + field]) return false;
    }
    return true;
  }

  #grow(): void {
    const larger = new BigInt64Array(this.#words.length * 2);
    larger.set(this.#words);
    this.#words = larger;
  }
}
