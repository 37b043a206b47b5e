import { isAscii } from "node:buffer";
import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { formatCompactPythonJson } from "@waymark/core/formats/python-json";
import { isErrno, replaceFileSync } from "@waymark/files";

/** What is remembered of a commit: everything that never changes. */
export interface Row {
  readonly id: string;
  /** First parent; empty for a commit without one. */
  readonly parent: string;
  /** Commit time in seconds since the epoch. */
  readonly timeSeconds: number;
  readonly step?: number | undefined;
  /** As the commit says, and `stopped` for a finished one that says why. */
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

/** What a run of ours says in a commit, in the order in which it is kept. */
type Trailers = Pick<Row, "step" | "status" | "forkedFrom" | "runId" | "folder">;

/** Changes whenever rows of the same commit would come out differently. */
const HEADER = Buffer.from("waymark rows 3\n");
/** Begins a block: how many bytes it has, and their CRC-32 in hex. */
const BLOCK = /^@(?<bytes>\d{1,15}) (?<checksum>[0-9a-f]{8})$/u;
const MAX_BLOCK_LINE = 32;
const NEWLINE = 0x0a;
const ESCAPE = 0x1b;
/** What stands in a line of the file between tabs. */
const PLAIN = /^[ -~]*$/u;
/** Larger than this, the file is made anew from what was used last. */
const LIMIT_BYTES = 256 << 20;

/**
 * Rows by commit id, in one file that only grows. Each listing that has read something new appends one block:
 * `@<bytes> <crc32>`, and lines of fields with tabs between. There may be tens of thousands, so that a line is text that
 * is cut where the tabs are, and the values of a commit in it are what a listing prints.
 *
 * Several processes may append at once; a block that is torn or damaged counts as absent, so nothing here needs a lock
 * and nothing is lost by deleting the file.
 */
export class RowCache {
  readonly #path: string;
  /** The lines of commits by their ids, and those of chains by `<tip>^<baseline>`, each without its key. */
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
    let data: Buffer;
    try {
      data = readFileSync(path);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return cache;
      throw error;
    }
    if (!data.subarray(0, HEADER.byteLength).equals(HEADER)) return cache;
    cache.#isFresh = false;
    cache.#sizeBytes = data.byteLength;
    for (let at = data.indexOf("\n@"); at !== -1;) {
      const block = readBlock(data, at + 1);
      if (block !== undefined) cache.#index(block.text);
      at = data.indexOf("\n@", block === undefined ? at + 1 : block.end - 1);
    }
    return cache;
  }

  /** Returns the row of a commit, when it is known. */
  get(id: string): Row | undefined {
    const line = this.#lines.get(id);
    return line === undefined ? undefined : parseRow(id, line);
  }

  /** Remembers a row for the next time; it is written with {@link save}. */
  add(row: Row): void {
    const { id, parent, timeSeconds, values = "" } = row;
    const trailers = formatTrailers(row);
    // Values are ASCII, as Python writes JSON; anything else would not come back the same.
    if (PLAIN.test(values)) this.#added.push(`${id}\t${parent}\t${timeSeconds}\t${trailers}\t${values}\n`);
  }

  /** Returns the chain from a tip to a baseline, when it is known. */
  getChain(tip: string, baseline: string): ChainRecord | undefined {
    const line = this.#lines.get(`${tip}^${baseline}`);
    const chain = line === undefined ? undefined : parseChain(line);
    return chain?.ids[0] === tip ? chain : undefined;
  }

  /** Remembers a chain, as {@link add} does a row. */
  addChain(tip: string, baseline: string, { ids, ownCount, origin }: ChainRecord): void {
    this.#added.push(`${tip}^${baseline}\t${ownCount}\t${formatCompactPythonJson(origin ?? null)}\t${ids.join(" ")}\n`);
  }

  #index(text: string): void {
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      const tab = text.indexOf("\t", start);
      if (end === -1 || tab === -1) return;
      if (tab < end) this.#lines.set(text.slice(start, tab), text.slice(tab + 1, end));
      start = end + 1;
    }
  }

  /** Appends what is new. A cache that cannot be written is no reason to fail. */
  save(): void {
    if (this.#added.length === 0) return;
    const lines = Buffer.from(this.#added.join(""), "latin1");
    this.#added.length = 0;
    const block = Buffer.concat([Buffer.from(`@${lines.byteLength} ${checksum(lines)}\n`), lines]);
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      if (this.#isFresh || this.#sizeBytes > LIMIT_BYTES) replaceFileSync(this.#path, Buffer.concat([HEADER, block]));
      // Whatever another process left torn must not swallow the beginning of ours.
      else appendFileSync(this.#path, Buffer.concat([Buffer.from("\n"), block]));
      this.#isFresh = false;
      this.#sizeBytes = statSync(this.#path).size;
    } catch (error) {
      if (!isErrno(error, "EACCES", "EROFS", "ENOSPC", "EPERM", "EDQUOT", "EIO", "ENOTDIR", "EISDIR")) throw error;
    }
  }
}

/** Reads the block that begins somewhere; `undefined` for one that is not whole. */
function readBlock(data: Buffer, start: number): { readonly text: string; readonly end: number } | undefined {
  const lineEnd = data.subarray(start, start + MAX_BLOCK_LINE).indexOf(NEWLINE);
  if (lineEnd === -1) return undefined;
  const line = BLOCK.exec(data.toString("latin1", start, start + lineEnd))?.groups;
  const begin = start + lineEnd + 1;
  const end = begin + Number(line?.["bytes"] ?? 0);
  if (line === undefined || end > data.byteLength || end === begin) return undefined;
  const lines = data.subarray(begin, end);
  // Ours is ASCII, so that a character is a byte, and none of it means anything to a terminal.
  const isWhole = checksum(lines) === line["checksum"] && isAscii(lines) && !lines.includes(ESCAPE);
  return isWhole ? { text: lines.toString("latin1"), end } : undefined;
}

function checksum(data: Buffer): string {
  return crc32(data).toString(16).padStart(8, "0");
}

function parseRow(id: string, line: string): Row | undefined {
  const time = line.indexOf("\t") + 1;
  const trailers = line.indexOf("\t", time) + 1;
  const values = line.indexOf("\t", trailers) + 1;
  if (time === 0 || trailers === 0 || values === 0) return undefined;
  const row = {
    id,
    parent: line.slice(0, time - 1),
    timeSeconds: Number(line.slice(time, trailers - 1)),
    values: line.slice(values),
  };
  if (values === trailers + 1) return row;
  const said = parseJson(line.slice(trailers, values - 1));
  return Array.isArray(said) ? { ...row, ...toTrailers(said) } : undefined;
}

/** Nothing for most commits: those that no run of ours has made. */
function formatTrailers({ step, status, forkedFrom, runId, folder }: Row): string {
  const trailers = [step, status, forkedFrom, runId, folder];
  if (trailers.every((value) => value === undefined)) return "";
  return formatCompactPythonJson(trailers.map((value) => value ?? null));
}

function toTrailers([step, status, forkedFrom, runId, folder]: readonly unknown[]): Trailers {
  const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    step: typeof step === "number" ? step : undefined,
    ...{ status: textOf(status), forkedFrom: textOf(forkedFrom), runId: textOf(runId), folder: textOf(folder) },
  };
}

function parseChain(line: string): ChainRecord | undefined {
  const [count, originJson, ids] = line.split("\t");
  if (count === undefined || originJson === undefined || ids === undefined) return undefined;
  const origin = parseJson(originJson);
  if (origin !== null && typeof origin !== "string") return undefined;
  return { ids: ids.split(" "), ownCount: Number(count), origin: origin ?? undefined };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
