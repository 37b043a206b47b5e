import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Script } from "node:vm";

/** What V8 made of the files of the bundle, kept from one start of the command to the next. */
export interface CodeCache {
  /** Reads what is kept for a file; undefined when there is nothing, or nothing whole. */
  read(name: string): Buffer | undefined;
  /** Keeps what V8 has made of a file by the time the process ends. */
  add(name: string, script: Script): void;
}

const HEADER_BYTES = 8;
/** One word of each so many bytes counts for the sum: what a crash leaves of a file lacks whole blocks of 512. */
const SAMPLE_BYTES = 256;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Opens a cache of compiled code. It never fails: what cannot be read is compiled again, and what cannot be written is
 * left out. V8 itself refuses what another version or other options of it have made.
 *
 * @param folder - Where the cache of this bundle lies; made when there is something to keep.
 */
export function openCodeCache(folder: string): CodeCache {
  const added = new Map<string, Script>();
  return {
    read(name) {
      try {
        return unpack(readFileSync(join(folder, name)));
      } catch {
        return undefined;
      }
    },
    add(name, script) {
      // At the end of the process the functions that ran are compiled, and kept as well.
      if (added.size === 0) process.once("exit", () => writeAll(folder, added));
      added.set(name, script);
    },
  };
}

function writeAll(folder: string, scripts: ReadonlyMap<string, Script>): void {
  try {
    if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) removeOld(folder);
    for (const [name, script] of scripts) {
      const path = join(folder, name);
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, pack(script.createCachedData()), { flag: "wx", mode: 0o600 });
      renameSync(temporary, path);
    }
  } catch {
    // A full disk, a home that cannot be written: the next start takes as long as this one.
  }
}

/** Removes what other versions left, once nobody has begun with them for a month. */
function removeOld(folder: string): void {
  const parent = dirname(folder);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (path !== folder && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true });
  }
}

function pack(data: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(data.length, 0);
  header.writeUInt32LE(sumOf(data), 4);
  return Buffer.concat([header, data]);
}

function unpack(file: Buffer): Buffer | undefined {
  if (file.length < HEADER_BYTES) return undefined;
  const data = file.subarray(HEADER_BYTES);
  const isWhole = file.readUInt32LE(0) === data.length && file.readUInt32LE(4) === sumOf(data);
  return isWhole ? data : undefined;
}

/** V8 trusts what it is given, so that a file that a crash left half written must be told from a whole one. */
function sumOf(data: Buffer): number {
  let sum = data.length;
  for (let at = 0; at + 4 <= data.length; at += SAMPLE_BYTES) sum = (Math.imul(sum, 31) + data.readUInt32LE(at)) >>> 0;
  return sum;
}
