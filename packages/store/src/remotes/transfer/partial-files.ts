import { randomBytes } from "node:crypto";
import { readdirSync, renameSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { isErrno, processState } from "@waymark/files";
import { removeOldTemporaryFiles, temporaryPath } from "../../cache-layout.ts";
import { removeIfPresent } from "../../place-file.ts";

/** Less than this is quicker fetched again than found again. */
const WORTH_KEEPING_BYTES = 1024 * 1024;

const HOST = hostname().replaceAll(/[^\w.]/g, "_");
/** Files that transfers of this process write right now. */
const active = new Set<string>();

/** A file that a download goes into. */
export interface PartialFile {
  readonly path: string;
  /** It holds the beginning, from a download that was cut short. */
  readonly isResuming: boolean;
}

/**
 * The beginnings of objects that downloads left behind. A file is written by one process alone; what a process that
 * ended has left, another takes over by renaming it.
 */
export class PartialFiles {
  readonly #folder: string;
  readonly #left = new Map<string, string[]>();

  constructor(cacheDir: string, isShared: boolean) {
    removeOldTemporaryFiles(cacheDir);
    this.#folder = dirname(temporaryPath(cacheDir, isShared));
    for (const file of readdirSync(this.#folder)) {
      const owner = /^fetch-([0-9a-f]{32}(?:\.dir)?)-([\w.]+)-(\d+)-[0-9a-f]+$/.exec(file);
      const [, name = "", host = "", pid = ""] = owner ?? [];
      const path = join(this.#folder, file);
      if (owner === null || active.has(path) || !isLeft(host, Number(pid))) continue;
      const known = this.#left.get(name);
      if (known === undefined) this.#left.set(name, [path]);
      else known.push(path);
    }
  }

  /** Returns the file to download an object into. */
  claim(name: string): PartialFile {
    const path = join(this.#folder, `fetch-${name}-${HOST}-${process.pid}-${randomBytes(6).toString("hex")}`);
    active.add(path);
    const left = this.#left.get(name) ?? [];
    for (let from = left.shift(); from !== undefined; from = left.shift()) {
      try {
        renameSync(from, path);
        return { path, isResuming: true };
      } catch (error) {
        // Another process was quicker.
        if (!isErrno(error, "ENOENT")) throw error;
      }
    }
    return { path, isResuming: false };
  }

  /** Ends with a file whose object is in place, or of no use. */
  drop(path: string): void {
    active.delete(path);
    removeIfPresent(path);
  }

  /** Ends with a download that was cut short: what is large stays for the next one. */
  leave(path: string): void {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < WORTH_KEEPING_BYTES) this.drop(path);
    else active.delete(path);
  }
}

function isLeft(host: string, pid: number): boolean {
  if (host !== HOST) return false;
  if (pid === process.pid) return true;
  return processState({ pid, host: hostname(), processStart: null, bootId: null }) === "dead";
}
