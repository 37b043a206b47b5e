import type { GitRepository } from "./repository.ts";

/** What the bytes of an index say without Git's help. */
export interface IndexContent {
  /** Paths of all entries, each once, those announced with `git add -N` included. */
  readonly paths: readonly string[];
  /** Tree of what is staged, where Git has noted it since the last change. */
  readonly tree: string | undefined;
}

const HEADER_BYTES = 12;
/** Times, device, inode, mode, owner, group and size, before the id. */
const STAT_BYTES = 40;
const EXTENDED = 0x4000;
const NAME_MASK = 0xfff;

/**
 * Reads the index file of Git, versions 2 to 4.
 *
 * @param options - `withPaths` lists the paths, too; without, the list is empty. Default false.
 * @returns `undefined` where only Git can tell: an index in two files, one that leaves folders out, another version.
 * @see https://git-scm.com/docs/index-format
 */
export function parseIndex(
  repo: Pick<GitRepository, "objectFormat">,
  data: Buffer,
  options: { readonly withPaths?: boolean } = {},
): IndexContent | undefined {
  if (data.byteLength < HEADER_BYTES || data.toString("latin1", 0, 4) !== "DIRC") return undefined;
  const version = data.readUInt32BE(4);
  if (version < 2 || version > 4) return undefined;
  const idBytes = repo.objectFormat === "sha1" ? 20 : 32;
  const entries = readEntries(data, version, idBytes, options.withPaths ?? false);
  if (entries === undefined) return undefined;
  const extensions = readExtensions(data, entries.end, idBytes);
  if (extensions === undefined) return undefined;
  return { paths: entries.paths, tree: extensions.tree };
}

function readEntries(
  data: Buffer,
  version: number,
  idBytes: number,
  withPaths: boolean,
): { readonly paths: string[]; readonly end: number } | undefined {
  const count = data.readUInt32BE(8);
  const paths: string[] = [];
  let at = HEADER_BYTES;
  let previous: Buffer = Buffer.alloc(0);
  for (let entry = 0; entry < count; entry += 1) {
    const start = at;
    at += STAT_BYTES + idBytes;
    if (at + 2 > data.byteLength) return undefined;
    const flags = data.readUInt16BE(at);
    at += (flags & EXTENDED) === 0 ? 2 : 4;
    let name: Buffer;
    if (version === 4) {
      const strip = readOffset(data, at);
      const end = data.indexOf(0, strip.end);
      if (end === -1) return undefined;
      name = Buffer.concat([previous.subarray(0, previous.byteLength - strip.value), data.subarray(strip.end, end)]);
      at = end + 1;
    } else {
      const length = flags & NAME_MASK;
      const end = length < NAME_MASK ? at + length : data.indexOf(0, at);
      if (end === -1 || end > data.byteLength) return undefined;
      name = data.subarray(at, end);
      // Between one and eight NULs, up to a multiple of eight.
      at = start + ((end - start + 8) & ~7);
    }
    // A folder among the files: an index that leaves its files out.
    if (name.at(-1) === 0x2f) return undefined;
    // Files in conflict have an entry for every side.
    if (withPaths && !name.equals(previous)) paths.push(name.toString());
    previous = name;
  }
  return { paths, end: at };
}

/** Looks through what follows the entries; names in lower case must be understood. */
function readExtensions(
  data: Buffer,
  start: number,
  idBytes: number,
): { readonly tree: string | undefined } | undefined {
  let tree: string | undefined;
  for (let at = start; at + 8 <= data.byteLength - idBytes;) {
    const name = data.toString("latin1", at, at + 4);
    const size = data.readUInt32BE(at + 4);
    if (!/^[A-Z]/u.test(name)) return undefined;
    if (name === "TREE") tree = readRootTree(data.subarray(at + 8, at + 8 + size), idBytes);
    at += 8 + size;
  }
  return { tree };
}

/** The first entry is the root: no name, how many entries it covers, how many folders follow, its id. */
function readRootTree(data: Buffer, idBytes: number): string | undefined {
  const line = data.indexOf(0x0a);
  if (data[0] !== 0 || line === -1) return undefined;
  const covered = Number.parseInt(data.toString("latin1", 1, line), 10);
  // Negative: something changed since.
  return covered >= 0 ? data.toString("hex", line + 1, line + 1 + idBytes) : undefined;
}

/** Reads a number as packs write offsets. */
function readOffset(data: Buffer, start: number): { readonly value: number; readonly end: number } {
  let at = start;
  let byte = data[at] ?? 0;
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    at += 1;
    byte = data[at] ?? 0;
    value = ((value + 1) << 7) | (byte & 0x7f);
  }
  return { value, end: at + 1 };
}
