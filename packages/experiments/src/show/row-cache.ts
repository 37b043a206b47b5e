import { appendFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
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

/** Changes whenever rows of the same commit would come out differently. */
const HEADER = "waymark rows 1";
/** Larger than this, the file is made anew from what was used last. */
const LIMIT_BYTES = 256 << 20;

/**
 * Rows by commit id, in one file that only grows: a line is a commit id, a space and JSON.
 *
 * Several processes may append at once; a line that is torn or does not parse counts as absent, so nothing here needs a
 * lock and nothing is lost by deleting the file.
 */
export class RowCache {
  readonly #path: string;
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
    const line = this.#lines.get(id);
    if (line === undefined) return undefined;
    try {
      const row: unknown = JSON.parse(line);
      return isRow(row) && row.id === id ? row : undefined;
    } catch {
      return undefined;
    }
  }

  /** Remembers a row; it is written with {@link save}. */
  add(row: Row): void {
    const line = JSON.stringify(row);
    this.#lines.set(row.id, line);
    this.#added.push(`${row.id} ${line}\n`);
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
