import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { isErrno, replaceFileSync } from "@waymark/files";

/** What is remembered of a commit: everything that never changes. */
export interface Row {
  readonly id: string;
  /** First parent; empty for a commit without one. */
  readonly parent: string;
  /** Commit time in seconds since the epoch. */
  readonly timeSeconds: number;
  readonly step?: number | undefined;
  readonly status?: string | undefined;
  readonly forkedFrom?: string | undefined;
  /** Id of the run that made it. */
  readonly runId?: string | undefined;
  /** The live folder of that run, relative to the repository. */
  readonly folder?: string | undefined;
  /** JSON text of params, metrics, deps and outs as DVC prints them, without the braces around. */
  readonly values?: string | undefined;
  /** Why the commit's files could not be collected. */
  readonly error?: { readonly type: string; readonly msg: string } | undefined;
}

/** The commits of an experiment, which never change for a tip and a baseline. */
export interface ChainRecord {
  /** Newest first, without the baseline. */
  readonly ids: readonly string[];
  /** How many of them are its own; the rest are shared with the experiment it was forked from. */
  readonly ownCount: number;
  /** `NAME@STEP` it was forked from. */
  readonly origin?: string | undefined;
}

/** Changes whenever rows of the same commit would come out differently. */
const HEADER = "waymark rows 1";
const CHECKSUM_LENGTH = 8;
/** Larger than this, the file is made anew from what was used last. */
const LIMIT_BYTES = 256 << 20;

/**
 * Rows by commit id, in one file that only grows: a line is a commit id, the CRC-32 of the rest in hex, and JSON. For
 * the chain of an experiment the id is `<tip>^<baseline>`.
 *
 * Several processes may append at once; a line that is torn or damaged counts as absent, so nothing here needs a lock
 * and nothing is lost by deleting the file.
 */
export class RowCache {
  readonly #path: string;
  /** What stands behind the id in each line. */
  readonly #lines = new Map<string, string>();
  readonly #added: string[] = [];
  #sizeBytes = 0;
  #isFresh = true;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Reads the cache in a file; empty when there is none, or one of another version. */
  static open(path: string): RowCache {
    const cache = new RowCache(path);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return cache;
      throw error;
    }
    if (!text.startsWith(`${HEADER}\n`)) return cache;
    cache.#isFresh = false;
    cache.#sizeBytes = text.length;
    let start = HEADER.length + 1;
    for (let end = text.indexOf("\n", start); end !== -1; start = end + 1, end = text.indexOf("\n", start)) {
      const space = text.indexOf(" ", start);
      if (space === -1 || space > end) continue;
      cache.#lines.set(text.slice(start, space), text.slice(space + 1, end));
    }
    return cache;
  }

  /** Returns the row of a commit, when it is known. */
  get(id: string): Row | undefined {
    const row = this.#read(id);
    return isRow(row) && row.id === id ? row : undefined;
  }

  /** Remembers a row for the next time; it is written with {@link save}. */
  add(row: Row): void {
    this.#append(row.id, row);
  }

  /** Returns the chain from a tip to a baseline, when it is known. */
  getChain(tip: string, baseline: string): ChainRecord | undefined {
    const chain = this.#read(`${tip}^${baseline}`);
    return isChain(chain) && chain.ids[0] === tip ? chain : undefined;
  }

  /** Remembers a chain, as {@link add} does a row. */
  addChain(tip: string, baseline: string, chain: ChainRecord): void {
    this.#append(`${tip}^${baseline}`, chain);
  }

  #read(key: string): unknown {
    const line = this.#lines.get(key);
    const content = line === undefined ? undefined : parseLine(line);
    // A line that is damaged is as good as none.
    if (content === undefined) this.#lines.delete(key);
    return content;
  }

  #append(key: string, content: Row | ChainRecord): void {
    const json = JSON.stringify(content);
    this.#added.push(`${key} ${checksum(json)} ${json}\n`);
  }

  /** Appends what is new. A cache that cannot be written is no reason to fail. */
  save(): void {
    if (this.#added.length === 0) return;
    const text = this.#added.join("");
    this.#added.length = 0;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      if (this.#isFresh || this.#sizeBytes > LIMIT_BYTES) replaceFileSync(this.#path, `${HEADER}\n${text}`);
      // A line that another process left torn must not swallow the first of ours.
      else appendFileSync(this.#path, `\n${text}`);
      this.#isFresh = false;
      this.#sizeBytes = statSync(this.#path).size;
    } catch (error) {
      if (!isErrno(error, "EACCES", "EROFS", "ENOSPC", "EPERM", "EDQUOT", "EIO", "ENOTDIR", "EISDIR")) throw error;
    }
  }
}

function parseLine(line: string): unknown {
  const json = line.slice(CHECKSUM_LENGTH + 1);
  if (line.slice(0, CHECKSUM_LENGTH) !== checksum(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, "0");
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "parent" in value &&
    typeof value.parent === "string" &&
    "timeSeconds" in value &&
    typeof value.timeSeconds === "number"
  );
}

function isChain(value: unknown): value is ChainRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "ids" in value &&
    Array.isArray(value.ids) &&
    value.ids.every((id) => typeof id === "string") &&
    "ownCount" in value &&
    typeof value.ownCount === "number"
  );
}
