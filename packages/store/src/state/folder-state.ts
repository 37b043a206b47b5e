import { createHash } from "node:crypto";
import { replaceFileSync } from "@waymark/files";
import type { FileList } from "../walk-folder.ts";
import type { FileStamp } from "./file-stamp.ts";
import { StampList } from "./stamp-list.ts";
import { formatStateBlock, readStateBlocks } from "./state-blocks.ts";

/** What is known of a folder as a whole: its hash, as long as not one file of it looks different. */
export interface FolderSummary {
  /** 32 hex digits and `.dir`. */
  readonly md5: string;
  readonly sizeBytes: number;
}

/** What the last hashing of a folder found. */
export interface FolderState {
  /** `undefined` when some file changed so shortly before that it has to be read again. */
  readonly summary: FolderSummary | undefined;
  /** How many files there were. */
  readonly fileCount: number;
  /** Tells whether the folder looks as it did, file by file. */
  isAsBefore(files: FileList): boolean;
  /** Returns the hashes of the files that look as they did, in the order of `files`; `undefined` for the others. */
  lookUp(files: FileList): (string | undefined)[];
}

/** One file of a folder whose hash is to be remembered. */
export interface HashedFile {
  readonly index: number;
  readonly md5: string;
}

const DIGEST_BYTES = 16;
const MD5_BYTES = 16;
const HEADER_BYTES = 8 + DIGEST_BYTES + MD5_BYTES + 8 + 4;
const SUMMARY_FLAG = 1;

/**
 * Reads what is remembered of a folder.
 *
 * @param path - The file of the state database that belongs to the folder.
 * @param key - Names the folder; a file that was written for another does not count.
 * @param isProven - Tells of a file that looks different now whether it is an object known to have this hash.
 */
export function readFolderState(
  path: string,
  key: string,
  isProven: (md5: string, stamp: FileStamp) => boolean = () => false,
): FolderState | undefined {
  const { payloads, isWhole } = readStateBlocks(path);
  const [head, stamps, md5s, names] = payloads;
  if (!isWhole || head === undefined || stamps === undefined || md5s === undefined || names === undefined)
    return undefined;
  if (head.length < HEADER_BYTES || head.toString("utf8", HEADER_BYTES) !== key) return undefined;
  const digest = head.subarray(8, 8 + DIGEST_BYTES);
  const sumAt = 8 + DIGEST_BYTES;
  const summary =
    head.readUInt32LE(0) === SUMMARY_FLAG
      ? {
          md5: `${head.toString("hex", sumAt, sumAt + MD5_BYTES)}.dir`,
          sizeBytes: Number(head.readBigUInt64LE(sumAt + MD5_BYTES)),
        }
      : undefined;
  return {
    summary,
    fileCount: md5s.length / MD5_BYTES,
    isAsBefore: (files) => summary !== undefined && digestOf(files).equals(digest),
    lookUp: (files) => lookUp(files, { stamps: StampList.fromBytes(stamps), md5s, names, isProven }),
  };
}

/**
 * Remembers the hashes of a folder's files.
 *
 * @param known - Those whose hash may be remembered. All of them: the folder's own hash is remembered, too.
 */
export function writeFolderState(
  path: string,
  key: string,
  files: FileList,
  known: readonly HashedFile[],
  summary: FolderSummary,
): void {
  const isComplete = known.length === files.relpaths.length;
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32LE(isComplete ? SUMMARY_FLAG : 0, 0);
  digestOf(files).copy(head, 8);
  head.write(summary.md5.slice(0, 2 * MD5_BYTES), 8 + DIGEST_BYTES, "hex");
  head.writeBigUInt64LE(BigInt(summary.sizeBytes), 8 + DIGEST_BYTES + MD5_BYTES);
  const stamps = new StampList();
  const md5s = Buffer.alloc(known.length * MD5_BYTES);
  for (const [at, { index, md5 }] of known.entries()) {
    stamps.push(files.stamps.at(index));
    md5s.write(md5, at * MD5_BYTES, "hex");
  }
  const names = known.map(({ index }) => files.relpaths[index]).join("\0");
  const blocks = [Buffer.concat([head, Buffer.from(key)]), stamps.bytes(), md5s, Buffer.from(names)];
  try {
    replaceFileSync(path, Buffer.concat(blocks.map(formatStateBlock)));
  } catch {
    // A full disk or a project that is read-only: everything works without, and reads more.
  }
}

interface KnownFiles {
  readonly stamps: StampList;
  readonly md5s: Buffer;
  readonly names: Buffer;
  readonly isProven: (md5: string, stamp: FileStamp) => boolean;
}

function lookUp(files: FileList, known: KnownFiles): (string | undefined)[] {
  const { stamps, md5s, isProven } = known;
  const names = known.names.toString().split("\0");
  let places: Map<string, number> | undefined;
  return files.relpaths.map((relpath, index) => {
    let at = names[index] === relpath ? index : undefined;
    if (at === undefined) {
      places ??= new Map(names.map((name, place) => [name, place]));
      at = places.get(relpath);
    }
    if (at === undefined || at >= stamps.length) return undefined;
    const md5 = md5s.toString("hex", at * MD5_BYTES, (at + 1) * MD5_BYTES);
    return stamps.isSame(at, files.stamps, index) || isProven(md5, files.stamps.at(index)) ? md5 : undefined;
  });
}

/** Two folders of one digest have the same files with the same stamps. */
function digestOf(files: FileList): Buffer {
  return createHash("md5").update(files.stamps.bytes()).update(files.relpaths.join("\0")).digest();
}
