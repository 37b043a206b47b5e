import { closeSync } from "node:fs";
import { errorCode, isErrno } from "@waymark/files";
import { openRegularFile, readFully } from "../history/read-into.ts";

/** Larger files are a mistake or an attack; none of those we read whole comes near. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A file that is read whole, and again only when it changed. */
export class SmallFile<T> {
  readonly path: string;
  /** The parsed content; the last good one while the file cannot be read, `undefined` when there is none. */
  value: T | undefined;
  /** Why the file cannot be read or understood, in one line. */
  problem: string | undefined;
  /** When the file last changed, epoch milliseconds; 0 when there is none. */
  modifiedMs = 0;
  readonly #parse: (text: string) => T;
  #version = "";

  /** @param parse - Throws when the text is not understood; the first line of its message becomes the problem. */
  constructor(path: string, parse: (text: string) => T) {
    this.path = path;
    this.#parse = parse;
  }

  /** Reads the file if it changed. @returns Whether anything did. */
  refresh(): boolean {
    let text: string;
    try {
      const opened = openRegularFile(this.path);
      if (opened === undefined) return this.#fail("not a regular file");
      const { fd, stats } = opened;
      try {
        const version = `${stats.ino}:${stats.size}:${stats.mtimeMs}`;
        if (version === this.#version) return false;
        if (stats.size > MAX_BYTES) return this.#fail(`too large (${stats.size} bytes, at most ${MAX_BYTES})`);
        const bytes = Buffer.allocUnsafe(stats.size);
        const length = readFully(fd, bytes, 0, bytes.length, 0);
        text = bytes.toString("utf8", 0, length);
        this.#version = version;
        this.modifiedMs = stats.mtimeMs;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return this.#vanish();
      const code = errorCode(error);
      if (code === undefined) throw error;
      return this.#fail(`cannot be read (${code})`);
    }
    try {
      this.value = this.#parse(text);
      this.problem = undefined;
    } catch (error) {
      // A writer that does not replace atomically is caught half way now and then: the last good value stays.
      this.problem = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : String(error);
    }
    return true;
  }

  #vanish(): boolean {
    const isNew = this.#version !== "" || this.problem !== undefined;
    this.#version = "";
    this.value = undefined;
    this.problem = undefined;
    this.modifiedMs = 0;
    return isNew;
  }

  #fail(problem: string): boolean {
    const isNew = this.problem !== problem;
    this.#version = "";
    this.problem = problem;
    return isNew;
  }
}
